import Foundation
import TestSupport
import Testing

@testable import JourneymanJavaStream

/// Random damage to recorded streams is read or refused; it never crashes, and never grows beyond the limits.
struct FuzzTests {
  private static let rounds = ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1" ? 1000 : 20

  private func damage(_ bytes: [UInt8], with generator: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      if bytes.isEmpty { return bytes }
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[place] = UInt8.random(in: 0x70...0x7F, using: &generator)
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4: bytes.removeLast(bytes.count - place)
      default: bytes.replaceSubrange(place..<end, with: bytes[place..<end].reversed())
      }
    }
    return bytes
  }

  @Test func damagedStreamsAreReadOrRefused() {
    var generator = SplitMix(state: 20_261_121)
    var refused = 0
    var read = 0
    for entry in Corpus.entries {
      for _ in 0..<Self.rounds {
        do {
          let values = try Corpus.reader.read(damage(entry.bytes, with: &generator))
          var names: Set<String> = []
          for value in values { try Corpus.names(value, into: &names) }
          read += 1
        } catch {
          #expect(error is JavaStreamError)
          refused += 1
        }
      }
    }
    #expect(refused > 0)
    #expect(read > 0)
  }

  @Test func everyPrefixIsRefused() throws {
    let bytes = try #require(Corpus.entries.min { $0.stream.count < $1.stream.count }).bytes
    for length in 0..<bytes.count {
      #expect(throws: JavaStreamError.self) { _ = try Corpus.reader.readObject(Array(bytes.prefix(length))) }
    }
  }
}
