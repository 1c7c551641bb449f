import Foundation
import JourneymanBuildspec
import JourneymanSupport
import TestSupport
import Testing

/// Mutations of the stored buildspecs: whatever the bytes are, the answer is a document, and it is consistent.
@Suite(.timeLimit(.minutes(5))) struct FuzzTests {
  private static let rounds = ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1" ? 200_000 : 4_000

  private static let fragments = [
    "&a ", "*a", "<<: *a", "[", "]", "{", "}", ": ", "- ", "? ", "| ", ">+2", "\n", "\t", "\"", "'", "#", "%YAML 1.2\n",
    "---\n", "...\n", "!!null ", "!<x>", "~", "\u{FEFF}", "\0", "\\x", "RETRY-", "build:\n", "commands: ", "batch:\n",
  ].map { Array($0.utf8) }

  @Test func neverCrashesOrHangs() throws {
    let corpus = try ["good", "bad"].flatMap { folder in
      try Fixtures.names(in: folder).map { try Fixtures.bytes("\(folder)/\($0)") }
    }
    try #require(corpus.count >= 20)
    var generator = SplitMix(state: 2_024)
    var accepted = 0
    for _ in 0..<Self.rounds {
      let bytes = mutate(corpus, &generator)
      let document = Buildspec.parse(bytes, file: "fuzz.yml")
      if document.buildspec != nil { accepted += 1 }
      let isConsistent =
        (document.buildspec == nil) != document.errors.isEmpty
        && document.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 && $0.line <= bytes.count + 2 }
        && document.problems.allSatisfy { !$0.message.isEmpty } && document.problems.count <= 1_000
        && (document.unknownKeysText == nil) == !document.problems.contains { $0.code == .unknownKey }
      if !isConsistent { Issue.record("\(Data(bytes).base64EncodedString())") }
    }
    // Both sides have to be reached, or the mutations test nothing.
    #expect(accepted > Self.rounds / 50)
    #expect(accepted < Self.rounds * 49 / 50)
  }

  private func mutate(_ corpus: [[UInt8]], _ generator: inout SplitMix) -> [UInt8] {
    var bytes = corpus.randomElement(using: &generator) ?? []
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      let at = Int.random(in: 0...bytes.count, using: &generator)
      let end = min(bytes.count, at + Int.random(in: 0...12, using: &generator))
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
      case 1: bytes.removeSubrange(at..<end)
      case 2: bytes.insert(contentsOf: bytes[at..<end], at: at)
      case 3: bytes.insert(.random(in: .min ... .max, using: &generator), at: at)
      case 4, 5: bytes.insert(contentsOf: Self.fragments.randomElement(using: &generator) ?? [], at: at)
      default:
        let other = corpus.randomElement(using: &generator) ?? []
        let start = Int.random(in: 0...other.count, using: &generator)
        bytes.replaceSubrange(at..., with: other[start...])
      }
    }
    return bytes
  }
}
