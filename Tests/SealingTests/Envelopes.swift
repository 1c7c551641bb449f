import Foundation
import JourneymanSupport
import Testing

@testable import JourneymanSealing

/// Envelopes in memory and on disk, for tests.
enum Envelopes {
  /// Bytes that repeat in no simple way and are the same in every run.
  static func pattern(_ count: Int) -> [UInt8] {
    // A block of prime length, so that no two chunks are alike.
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    let block: [UInt8] = (0..<4099).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    while bytes.count < count { bytes += block }
    return Array(bytes[..<count])
  }

  /// Seals bytes into a file.
  @discardableResult
  static func seal(_ plain: [UInt8], for lock: Lock, armored: Bool = false, to path: String) throws -> SealedFile {
    let file = try FileSystem.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    let sealer = try Sealer(
      to: file.number, for: lock, armored: armored, digests: true, name: path, logarithm: 10)
    try plain.withUnsafeBytes(sealer.write)
    try sealer.finish()
    return try #require(sealer.result)
  }

  /// Opens the bytes of an envelope.
  static func open(_ sealed: [UInt8], with keys: Keys) throws -> [UInt8] {
    let scratch = try Scratch()
    return try open(scratch.file("envelope", sealed), with: keys)
  }

  /// Opens an envelope on disk.
  static func open(_ path: String, with keys: Keys) throws -> [UInt8] {
    let scratch = try Scratch()
    let envelope = try FileSystem.open(path, flags: O_RDONLY)
    let output = try FileSystem.open(scratch.path("plain"), flags: O_RDWR | O_CREAT)
    try Opener.open(envelope.number, to: output.number, with: keys, name: "envelope")
    return try FileSystem.read(scratch.path("plain"), limit: 1 << 30)
  }
}
