import Foundation
import JourneymanSupport
import Testing

@testable import JourneymanSealing

/// What we seal `age` opens, and the reverse.
@Suite(.enabled(if: Peer.isAvailable("age"), "age is not installed"))
struct InteroperationTests {
  /// Lengths around every border of a chunk and of a batch of eight.
  static let lengths =
    [0, 1, 15, 16, 17, 65_519, 65_520, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073]
    + [524_287, 524_288, 524_289, 524_288 * 6, 524_288 * 7 + 1, 5_000_000]
  /// With and without armor, which has borders of its own.
  static let cases =
    lengths.map { ($0, false) } + [0, 1, 31, 32, 33, 65_535, 65_536, 524_289, 1_000_000].map { ($0, true) }

  @Test(arguments: cases)
  func ageOpensWhatWeSeal(length: Int, armored: Bool) throws {
    let scratch = try Scratch()
    let identity = try IdentityFile.create(scratch.path("identity.txt"))
    let plain = Envelopes.pattern(length)
    let sealed = try Envelopes.seal(
      plain, for: .recipients([identity.recipient]), armored: armored, to: scratch.path("sealed"))
    let outcome = try Peer.run(
      ["age", "-d", "-i", scratch.path("identity.txt"), scratch.path("sealed")], output: scratch.path("plain"))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try FileSystem.read(scratch.path("plain"), limit: 1 << 24) == plain)

    let file = try FileSystem.read(scratch.path("sealed"), limit: 1 << 24)
    #expect(sealed.plainBytes == Int64(length) && sealed.sealedBytes == Int64(file.count))
    #expect(try sealed.plainSHA256 == Digest.sha256(of: plain))
    #expect(try sealed.sealedSHA256 == Digest.sha256(of: file))
  }

  @Test(arguments: cases)
  func weOpenWhatAgeSeals(length: Int, armored: Bool) throws {
    let scratch = try Scratch()
    let identity = try Identity()
    let plain = Envelopes.pattern(length)
    let outcome = try Peer.run(
      ["age", "-r", "\(identity.recipient)", "-o", scratch.path("sealed")] + (armored ? ["-a"] : [])
        + [try scratch.file("plain", plain)])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try Envelopes.open(scratch.path("sealed"), with: Keys(identities: [identity])) == plain)
  }
}
