import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSealing

@Suite(.takingTurns) struct EnvelopeFileTests {
  private let lock = Lock.recipients([ForgedEnvelope.identity.recipient])
  private let keys = Keys(identities: [ForgedEnvelope.identity])

  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  @Test func keepsModesWhereTheyProtect() throws {
    let scratch = try Scratch()
    let plain = try scratch.file("plain", [1, 2, 3])
    chmod(plain, 0o640)
    try EnvelopeFile.seal(plain, to: scratch.path("sealed"), for: lock)
    #expect(mode(scratch.path("sealed")) == 0o640)
    try EnvelopeFile.open(scratch.path("sealed"), to: scratch.path("opened"), with: keys)
    #expect(mode(scratch.path("opened")) == 0o600)
    #expect(try scratch.entries() == ["opened", "plain", "sealed"])
  }

  @Test func replacesOnlyWhenTold() throws {
    let scratch = try Scratch()
    let plain = try scratch.file("plain", [1, 2, 3])
    let other = try scratch.file("other", [9])
    let error = #expect(throws: SealingError.self) { try EnvelopeFile.seal(plain, to: other, for: lock) }
    #expect(error?.code == .exists)
    #expect(try scratch.read("other") == [9])
    try EnvelopeFile.seal(plain, to: other, for: lock, replaces: true)
    #expect(try Envelopes.open(other, with: keys) == [1, 2, 3])
    // In place: the old content is read to its end before the new one takes its name.
    try EnvelopeFile.open(other, to: other, with: keys, replaces: true)
    #expect(try scratch.read("other") == [1, 2, 3])
    #expect(throws: SealingError.self) {
      try EnvelopeFile.seal(plain, to: scratch.directory, for: lock, replaces: true)
    }
    #expect(try scratch.entries() == ["other", "plain"])
  }

  /// Somebody makes the file while it is being written: theirs stays.
  @Test func doesNotReplaceWhatAppearsMeanwhile() throws {
    let scratch = try Scratch()
    let output = try OutputFile(scratch.path("x"), mode: 0o600, replaces: false)
    _ = try scratch.file("x", [7])
    var code: SealingError.Code?
    do throws(SealingError) { try output.commit() } catch { code = error.code }
    #expect(code == .exists)
    #expect(try scratch.read("x") == [7])
    #expect(try scratch.entries() == ["x"])
  }

  @Test func writesIntoPipesAndDevices() throws {
    let scratch = try Scratch()
    let plain = try scratch.file("plain", [1, 2, 3])
    try EnvelopeFile.seal(plain, to: "/dev/null", for: lock)
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    let full = #expect(throws: SealingError.self) { try EnvelopeFile.seal(plain, to: "/dev/full", for: lock) }
    #expect(full?.code == .system)
  }

  @Test func saysWhatIsMissing() throws {
    let scratch = try Scratch()
    for (input, output) in [("nothing", "x"), ("plain", "no/where/x")] {
      _ = try scratch.file("plain", [1])
      let error = #expect(throws: SealingError.self) {
        try EnvelopeFile.seal(scratch.path(input), to: scratch.path(output), for: lock)
      }
      #expect(error?.code == .system)
      #expect(error?.message.contains("No such file") == true)
    }
    #expect(throws: SealingError.self) {
      try EnvelopeFile.seal(scratch.path("plain"), to: scratch.path("x"), for: .recipients([]))
    }
    #expect(throws: SealingError.self) {
      try EnvelopeFile.seal(scratch.path("plain"), to: scratch.path("x"), for: .passphrase(Secret("")))
    }
    #expect(try scratch.entries() == ["plain"])
  }

  /// The packager writes pieces of any size; the envelope is the same kind of thing.
  @Test(arguments: [1, 7, 4096, 65_535, 65_536, 65_537, 300_000])
  func takesPiecesOfAnySize(piece: Int) throws {
    let scratch = try Scratch()
    let plain = Envelopes.pattern(piece == 1 ? 70_000 : 1_500_000)
    let file = try FileSystem.open(scratch.path("sealed"), flags: O_RDWR | O_CREAT)
    let sealer = try Sealer(to: file.number, for: lock)
    for start in stride(from: 0, to: plain.count, by: piece) {
      try sealer.write(Array(plain[start..<min(start + piece, plain.count)]))
    }
    try sealer.finish()
    let result = try #require(sealer.result)
    #expect(try result.plainSHA256 == Digest.sha256(of: plain))
    #expect(try result.sealedSHA256 == Digest.sha256(of: scratch.read("sealed")))
    #expect(try Envelopes.open(scratch.path("sealed"), with: keys) == plain)
    // What is written next goes behind the envelope.
    #expect(lseek(file.number, 0, SEEK_CUR) == off_t(result.sealedBytes))
  }

  @Test func writesAfterWhatIsThereAndToPipes() throws {
    let scratch = try Scratch()
    let plain = Envelopes.pattern(900_000)
    for flags in [O_RDWR, O_WRONLY | O_APPEND] {
      let path = try scratch.file("sealed", Array("before".utf8))
      let file = try FileSystem.open(path, flags: flags)
      lseek(file.number, 0, SEEK_END)
      let sealer = try Sealer(to: file.number, for: lock)
      try sealer.write(plain)
      try sealer.finish()
      let bytes = try scratch.read("sealed")
      #expect(bytes.starts(with: "before".utf8))
      #expect(try Envelopes.open(Array(bytes[6...]), with: keys) == plain)
    }
  }

  /// A sealer that is dropped in the middle ends its threads; one that fails says so and stays failed.
  @Test func endsWithoutFinishing() throws {
    let scratch = try Scratch()
    for _ in 0..<20 {
      let file = try FileSystem.open(scratch.path("sealed"), flags: O_RDWR | O_CREAT | O_TRUNC)
      let sealer = try Sealer(to: file.number, for: lock)
      try sealer.write(Envelopes.pattern(2_000_000))
    }
    let full = try FileSystem.open("/dev/full", flags: O_WRONLY)
    #expect(throws: SystemError.self) { try Sealer(to: full.number, for: lock) }
  }

  @Test func aRecipientTwiceCountsOnce() throws {
    let scratch = try Scratch()
    let recipient = ForgedEnvelope.identity.recipient
    try Envelopes.seal([1], for: .recipients([recipient, recipient]), to: scratch.path("x"))
    let text = String(decoding: try scratch.read("x"), as: UTF8.self)
    #expect(text.ranges(of: "-> X25519").count == 1)
  }

  /// Nothing may repeat between two envelopes of the same content.
  @Test func everyEnvelopeHasKeysOfItsOwn() throws {
    let scratch = try Scratch()
    for name in ["a", "b"] { try Envelopes.seal([1, 2, 3], for: lock, to: scratch.path(name)) }
    let (a, b) = (try scratch.read("a"), try scratch.read("b"))
    #expect(a.count == b.count)
    #expect(a.suffix(35) != b.suffix(35))
    let shares = [a, b].map { String(decoding: $0, as: UTF8.self).split(separator: "\n")[1] }
    #expect(shares[0] != shares[1])
  }
}
