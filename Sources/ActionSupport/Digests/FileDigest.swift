internal import CCrypto
internal import Foundation
public import JourneymanActionKit
internal import JourneymanSupport

/// The digests that registries ask for.
public enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// RFC 1321; broken, only where a protocol demands it.
  case md5
  /// FIPS 180-4; broken, only where a protocol demands it.
  case sha1
  /// FIPS 180-4
  case sha256
  /// FIPS 180-4
  case sha512
}

/// Digests of bytes and files by libcrypto.
public enum FileDigest {
  /// Digests of a file in one pass, on a thread of its own.
  ///
  /// - Returns: the bytes of each digest.
  /// - Throws: `PluginError` when the file cannot be read, or ``SupportError``.
  public static func digests(
    of file: ActionFile, _ algorithms: Set<DigestAlgorithm>
  ) async throws -> [DigestAlgorithm: [UInt8]] {
    try await runBlocking {
      let states = try algorithms.map { ($0, try DigestState($0)) }
      var offset: Int64 = 0
      while true {
        let bytes = try file.bytes(at: offset, count: 1 << 18)
        if bytes.isEmpty { break }
        offset += Int64(bytes.count)
        for (_, state) in states { try state.update(bytes) }
      }
      return Dictionary(try states.map { ($0.0, try $0.1.finish()) }) { $1 }
    }
  }

  /// The digest of bytes.
  ///
  /// - Throws: ``SupportError`` when the library lacks the algorithm.
  public static func digest(of bytes: [UInt8], _ algorithm: DigestAlgorithm) throws(SupportError) -> [UInt8] {
    let state = try DigestState(algorithm)
    try state.update(bytes)
    return try state.finish()
  }

  /// HMAC-SHA-256 (RFC 2104), 32 bytes, for signed requests.
  ///
  /// - Throws: ``SupportError``
  public static func hmacSHA256(_ bytes: [UInt8], key: PluginSecret) throws(SupportError) -> [UInt8] {
    let key = Array(key.reveal().utf8)
    var result = [UInt8](repeating: 0, count: 32)
    var length = 0
    let made = EVP_Q_mac(
      nil, "HMAC", nil, "SHA256", nil, key, key.count, bytes, bytes.count, &result, result.count, &length)
    if made == nil || length != 32 { throw SupportError(.library, "HMAC-SHA-256 could not be computed") }
    return result
  }

  /// Lower-case hexadecimal digits.
  public static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// One digest under way. Used by one thread.
private final class DigestState {
  private let context: OpaquePointer

  init(_ algorithm: DigestAlgorithm) throws(SupportError) {
    let function =
      switch algorithm {
      case .md5: EVP_md5()
      case .sha1: EVP_sha1()
      case .sha256: EVP_sha256()
      case .sha512: EVP_sha512()
      }
    guard let context = EVP_MD_CTX_new() else { throw SupportError(.library, "there is no memory left") }
    self.context = context
    if EVP_DigestInit_ex(context, function, nil) != 1 {
      throw SupportError(.library, "this machine's libcrypto refuses \(algorithm.rawValue)")
    }
  }

  deinit { EVP_MD_CTX_free(context) }

  func update(_ bytes: [UInt8]) throws(SupportError) {
    if EVP_DigestUpdate(context, bytes, bytes.count) != 1 { throw SupportError(.library, "the digest failed") }
  }

  func finish() throws(SupportError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    if EVP_DigestFinal_ex(context, &bytes, &length) != 1 { throw SupportError(.library, "the digest failed") }
    return Array(bytes.prefix(Int(length)))
  }
}
