internal import CCrypto
import Foundation
internal import JourneymanSupport

/// The public half of a ``SigningKey``. Written `ed25519:` and the Base64 form of its 32 bytes.
public struct VerifyingKey: Sendable, Hashable, CustomStringConvertible {
  private static let prefix = "ed25519:"
  /// The 32 bytes of RFC 8032.
  public let bytes: [UInt8]

  init(bytes: [UInt8]) throws(SealingError) {
    guard bytes.count == 32, let key = Self.handle(bytes) else {
      throw SealingError(.malformedKey, "an Ed25519 public key has 32 bytes")
    }
    EVP_PKEY_free(key)
    self.bytes = bytes
  }

  /// Reads a key from a command line: `ed25519:…` itself, or the path of a file that holds that line or the key in PEM
  /// (as `openssl pkey -pubout` writes it).
  ///
  /// - Throws: ``SealingError`` (`malformedKey`).
  public init(argument text: String) throws(SealingError) {
    if text.hasPrefix(Self.prefix) {
      try self.init(line: text)
      return
    }
    let content: [UInt8]
    do throws(SystemError) {
      content = try FileSystem.read(text, limit: 65_536)
    } catch {
      throw SealingError(
        .malformedKey, "\(text) is neither a public key (ed25519:…) nor a file that can be read: \(error.reason)",
        underlying: error)
    }
    let line = String(decoding: content, as: UTF8.self).trimmed
    if line.hasPrefix(Self.prefix) {
      try self.init(line: line)
      return
    }
    guard let key = PEM.read(content, { PEM_read_bio_PUBKEY($0, nil, nil, nil) }) else {
      throw SealingError(.malformedKey, "\(text) holds no Ed25519 public key, neither as ed25519:… nor in PEM")
    }
    defer { EVP_PKEY_free(key) }
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    guard EVP_PKEY_get_id(key) == EVP_PKEY_ED25519, EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1 else {
      throw SealingError(.malformedKey, "\(text) is a key of another kind than Ed25519")
    }
    try self.init(bytes: bytes)
  }

  private init(line: String) throws(SealingError) {
    let text = line.dropFirst(Self.prefix.count)
    guard let data = Data(base64Encoded: String(text)), data.count == 32 else {
      throw SealingError(.malformedKey, "\(line) is not a public key: after ed25519: come the 44 characters of Base64")
    }
    try self.init(bytes: Array(data))
  }

  /// `ed25519:` and Base64.
  public var description: String { Self.prefix + Data(bytes).base64EncodedString() }

  /// The SHA-256 of the key in DER (SubjectPublicKeyInfo) as hexadecimal digits, which names the key in an envelope:
  /// `openssl pkey -pubin -outform DER | sha256sum` prints the same.
  public func identifier() throws(SealingError) -> String {
    // RFC 8410: the header of every Ed25519 SubjectPublicKeyInfo, then the key.
    try Digest.sha256(of: [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] + bytes)
  }

  /// Whether this key's owner signed the message.
  public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let key = Self.handle(bytes), let context = EVP_MD_CTX_new() else { return false }
    defer {
      EVP_PKEY_free(key)
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  private static func handle(_ bytes: [UInt8]) -> OpaquePointer? {
    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
  }
}
