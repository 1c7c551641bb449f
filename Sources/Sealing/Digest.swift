internal import CCrypto
import Foundation
internal import JourneymanSupport

/// SHA-256 (FIPS 180-4), computed as the bytes come.
///
/// Sendable holds because the value has one owner and libcrypto keeps no state of a context elsewhere.
public struct Digest: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer

  /// Starts a digest of nothing.
  ///
  /// - Throws: ``SealingError`` when the library has no memory left.
  public init() throws(SealingError) {
    guard let context = EVP_MD_CTX_new() else { throw .library("set SHA-256 up") }
    if EVP_DigestInit_ex(context, EVP_sha256(), nil) != 1 {
      EVP_MD_CTX_free(context)
      throw .library("set SHA-256 up")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes more bytes in.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) throws(SealingError) {
    if EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) != 1 { throw .library("compute SHA-256") }
  }

  /// Takes more bytes in.
  public mutating func update(_ bytes: [UInt8]) throws(SealingError) {
    if EVP_DigestUpdate(context, bytes, bytes.count) != 1 { throw .library("compute SHA-256") }
  }

  /// The 32 bytes of the digest.
  public consuming func finish() throws(SealingError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    if EVP_DigestFinal_ex(context, &bytes, nil) != 1 { throw .library("compute SHA-256") }
    return bytes
  }

  /// The digest as 64 lower-case hexadecimal digits.
  public consuming func finishHexadecimal() throws(SealingError) -> String { Self.hexadecimal(try finish()) }

  /// The digest of bytes at hand, as 64 lower-case hexadecimal digits.
  public static func sha256(of bytes: [UInt8]) throws(SealingError) -> String {
    var digest = try Digest()
    try digest.update(bytes)
    return try digest.finishHexadecimal()
  }

  /// The digest and the length of what a descriptor gives until its end. Blocks: run it on a thread of its own.
  ///
  /// - Parameter name: what error messages call the file.
  /// - Returns: 64 lower-case hexadecimal digits, and bytes.
  /// - Throws: `SystemError` when reading fails, or ``SealingError``.
  public static func sha256(ofDescriptor descriptor: Int32, name: String) throws -> (sha256: String, bytes: Int64) {
    var digest = try Digest()
    var total: Int64 = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = try retryingInterrupts("read \(name)") { read(descriptor, buffer.baseAddress, buffer.count) }
      if count == 0 { return (try digest.finishHexadecimal(), total) }
      try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      total += Int64(count)
    }
  }

  /// Bytes as lower-case hexadecimal digits.
  public static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
