internal import CCrypto
internal import JourneymanSupport

/// An Ed25519 key (RFC 8032) that signs provenance.
///
/// Sendable holds because libcrypto's key objects are not changed after they were made.
public final class SigningKey: @unchecked Sendable, CustomStringConvertible {
  private let key: OpaquePointer

  /// Makes a new key.
  ///
  /// - Throws: ``SealingError`` when there is no randomness.
  public init() throws(SealingError) {
    let secret = try KeyBytes.random(count: 32)
    let key = secret.withBytes { EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, $0.unsigned, $0.count) }
    guard let key else { throw .library("make a signing key") }
    self.key = key
  }

  /// Reads a key as `openssl genpkey -algorithm ed25519` writes it: PKCS #8 in PEM, without a passphrase.
  ///
  /// - Parameter name: what error messages call the file.
  /// - Throws: ``SealingError`` (`malformedKey`).
  public init(pem bytes: [UInt8], name: String) throws(SealingError) {
    let key = PEM.read(bytes) { PEM_read_bio_PrivateKey($0, nil, refusePassphrase, nil) }
    guard let key else {
      throw SealingError(.malformedKey, "\(name) is not an Ed25519 key in PEM without a passphrase")
    }
    if EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 {
      EVP_PKEY_free(key)
      throw SealingError(.malformedKey, "\(name) is a key of another kind than Ed25519")
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// The secret key in PEM.
  func pem() throws(SealingError) -> [UInt8] {
    guard let bytes = PEM.write({ PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) == 1 }) else {
      throw .library("write a signing key")
    }
    return bytes
  }

  /// The public half.
  public func publicKey() throws(SealingError) -> VerifyingKey {
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    if EVP_PKEY_get_raw_public_key(key, &bytes, &count) != 1 || count != 32 { throw .library("compute a public key") }
    return try VerifyingKey(bytes: bytes)
  }

  /// The 64 bytes of a signature.
  ///
  /// - Throws: ``SealingError`` when the library fails.
  public func sign(_ message: [UInt8]) throws(SealingError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .library("sign") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: 64)
    var count = signature.count
    if EVP_DigestSignInit(context, nil, nil, nil, key) != 1
      || EVP_DigestSign(context, &signature, &count, message, message.count) != 1 || count != 64
    {
      throw .library("sign")
    }
    return signature
  }

  /// Never the secret.
  public var description: String { "Ed25519 signing key" }
}

/// Asks nobody: a key with a passphrase is refused instead of a prompt on the terminal.
private let refusePassphrase:
  @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) ->
    Int32 = { _, _, _, _ in -1 }

/// Reading and writing PEM by libcrypto, from and to memory.
enum PEM {
  static func read(_ bytes: [UInt8], _ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
    defer { ERR_clear_error() }
    return bytes.withUnsafeBytes { bytes in
      guard let stream = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
      defer { BIO_free(stream) }
      return body(stream)
    }
  }

  static func write(_ body: (OpaquePointer) -> Bool) -> [UInt8]? {
    guard let stream = BIO_new(BIO_s_secmem()) else { return nil }
    defer { BIO_free(stream) }
    guard body(stream) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = BIO_read(stream, &bytes, Int32(bytes.count))
    return count > 0 ? Array(bytes[..<Int(count)]) : nil
  }
}
