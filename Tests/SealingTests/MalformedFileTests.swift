import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSealing

/// Every way we know to break an age file is refused, for the right reason, and leaves nothing behind.
@Suite(.takingTurns) struct MalformedFileTests {
  /// Without it, every refusal below could have another reason than the one it is there for.
  @Test func theUnbrokenFileOpens() throws {
    let keys = Keys(identities: [ForgedEnvelope.identity])
    #expect(try Envelopes.open(ForgedEnvelope().bytes, with: keys) == ForgedEnvelope.plain)
    #expect(try Envelopes.open(ForgedEnvelope().armored(), with: keys) == ForgedEnvelope.plain)
    let spacious = try ForgedEnvelope().armored { " \r\n\t\($0.replacing("\n", with: "\r\n"))\n \n" }
    #expect(try Envelopes.open(spacious, with: keys) == ForgedEnvelope.plain)
    let secret = ForgedEnvelope(stanzas: ForgedEnvelope.work("10"))
    #expect(try Envelopes.open(secret.bytes, with: Keys(passphrase: Secret("hunter2"))) == ForgedEnvelope.plain)
    // Unknown stanzas are ignored, with any arguments and a body of any length, also one that ends with a full line.
    for body in ["\n", "QUFB\n", "\(MalformedFile.a(64))\n\n", "\(MalformedFile.a(64))\nQUFB\n"] {
      let greased = ForgedEnvelope(stanzas: "-> !~grease# \"x\n\(body)" + ForgedEnvelope.goodStanza)
      #expect(try Envelopes.open(greased.bytes, with: keys) == ForgedEnvelope.plain)
    }
    let long = Envelopes.pattern(3 * 65_536)
    let chunks = [Array(long[..<65_536]), Array(long[65_536..<131_072]), Array(long[131_072...])]
    #expect(try Envelopes.open(ForgedEnvelope(payload: ForgedEnvelope.chunks(chunks)).bytes, with: keys) == long)
    #expect(try Envelopes.open(ForgedEnvelope(payload: ForgedEnvelope.chunks([[]])).bytes, with: keys) == [])
  }

  @Test(
    arguments: MalformedFile.versions + MalformedFile.grammar + MalformedFile.codes + MalformedFile.recipientStanzas
      + MalformedFile.passphraseStanzas + MalformedFile.payloads + MalformedFile.armors)
  func isRefused(file: MalformedFile) throws {
    let scratch = try Scratch()
    let sealed = try scratch.file("sealed", file.bytes())
    let error = #expect(throws: SealingError.self) {
      try EnvelopeFile.open(sealed, to: scratch.path("opened"), with: file.keys)
    }
    #expect(error?.code == file.code, "\(error?.message ?? "opened")")
    #expect(try scratch.entries() == ["sealed"])
    // What people read names the file and holds none of its bytes.
    #expect(error?.message.contains(sealed) == true)
    #expect(error?.message.contains("hunter") == false)
  }

  /// To a pipe and to standard output the content goes as it is opened: only a beginning of it may come out.
  @Test(arguments: MalformedFile.payloads)
  func releasesOnlyWhatIsAuthentic(file: MalformedFile) async throws {
    let scratch = try Scratch()
    let sealed = try FileSystem.open(try scratch.file("sealed", file.bytes()), flags: O_RDONLY)
    let output = try FileSystem.open(scratch.path("opened"), flags: O_RDWR | O_CREAT)
    #expect(throws: SealingError.self) {
      try Opener.open(sealed.number, to: output.number, with: file.keys, name: "sealed")
    }
    let released = try scratch.read("opened")
    let chunk = Envelopes.pattern(65_536)
    #expect(released.count % chunk.count == 0)
    for start in stride(from: 0, to: released.count, by: chunk.count) {
      #expect(released[start..<(start + chunk.count)].elementsEqual(chunk))
    }
    if file.name == "bit flipped in a chunk in the middle" { #expect(released.count == 6 * chunk.count) }
    if file.name == "two chunks swapped" { #expect(released.isEmpty) }
  }
}
