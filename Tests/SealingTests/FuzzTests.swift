import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSealing

/// Random damage is refused, or did not matter; it never crashes and never changes the content.
@Suite(.takingTurns) struct FuzzTests {
  private static let words = ["\n", "\r", " ", "=", "-> ", "---"]
  private static let rounds = StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1" ? 50_000 : 1500

  private func damage(_ bytes: [UInt8], with generator: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      if bytes.isEmpty { return bytes }
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4: bytes.removeLast(bytes.count - place)
      case 5:
        bytes.insert(contentsOf: Self.words[Int.random(in: 0..<Self.words.count, using: &generator)].utf8, at: place)
      default: bytes.replaceSubrange(place..<end, with: bytes[place..<end].reversed())
      }
    }
    return bytes
  }

  @Test(arguments: [false, true])
  func damagedEnvelopesNeverOpenToSomethingElse(armored: Bool) throws {
    let seed = 20_261_120 as UInt64
    var generator = SplitMix(state: seed)
    let scratch = try Scratch()
    let keys = Keys(identities: [ForgedEnvelope.identity])
    let envelope = ForgedEnvelope(stanzas: "-> grease x\nQUFB\n" + ForgedEnvelope.goodStanza)
    let original = armored ? try envelope.armored() : try envelope.bytes
    var refused = 0
    for round in 0..<Self.rounds {
      let damaged = damage(original, with: &generator)
      let input = try FileSystem.open(try scratch.file("in", damaged), flags: O_RDONLY)
      let output = try FileSystem.open(scratch.path("out"), flags: O_RDWR | O_CREAT | O_TRUNC)
      do {
        try Opener.open(input.number, to: output.number, with: keys, name: "in")
        #expect(try scratch.read("out") == ForgedEnvelope.plain, "seed \(seed), round \(round)")
      } catch is SealingError {
        refused += 1
        #expect(try scratch.read("out").isEmpty, "seed \(seed), round \(round)")
      }
    }
    // White space around armor and damage that undoes itself are all that may pass.
    #expect(refused > Self.rounds * 9 / 10, "only \(refused) of \(Self.rounds) were refused")
  }

  @Test func anythingMayCallItselfAKey() throws {
    var generator = SplitMix(state: 7)
    let texts = ["\(ForgedEnvelope.identity.recipient)", ForgedEnvelope.identity.reveal(), "# x\n\n"]
    for round in 0..<Self.rounds {
      let damaged = damage(Array(texts[round % texts.count].utf8), with: &generator)
      let text = String(decoding: damaged, as: UTF8.self)
      if texts.contains(text) { continue }
      #expect((try? Recipient(text)) == nil, "\(text)")
      let identities = (try? IdentityFile.parse(damaged, name: "x")) ?? []
      #expect(identities.allSatisfy { $0.recipient == ForgedEnvelope.identity.recipient }, "\(text)")
    }
  }
}
