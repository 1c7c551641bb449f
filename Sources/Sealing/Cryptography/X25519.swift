internal import CCrypto

/// The X25519 function (RFC 7748, section 5).
enum X25519 {
  /// The public key of a secret one.
  static func publicKey(of secret: KeyBytes) throws(SealingError) -> [UInt8] {
    let key = try privateKey(secret)
    defer { EVP_PKEY_free(key) }
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    if EVP_PKEY_get_raw_public_key(key, &bytes, &count) != 1 || count != 32 { throw .library("compute a public key") }
    return bytes
  }

  /// The secret that `secret` shares with the owner of `peer`.
  ///
  /// - Returns: `nil` when the result is all zero: `peer` is a point of low order, and everybody knows the result.
  static func sharedSecret(_ secret: KeyBytes, with peer: [UInt8]) throws(SealingError) -> KeyBytes? {
    let own = try privateKey(secret)
    defer { EVP_PKEY_free(own) }
    guard let other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, peer, peer.count) else {
      throw .library("read a public key")
    }
    defer { EVP_PKEY_free(other) }
    guard let context = EVP_PKEY_CTX_new(own, nil) else { throw .library("set X25519 up") }
    defer { EVP_PKEY_CTX_free(context) }
    if EVP_PKEY_derive_init(context) != 1 || EVP_PKEY_derive_set_peer(context, other) != 1 {
      throw .library("set X25519 up")
    }
    var derived = false
    let shared = KeyBytes(count: 32) {
      var count = 32
      derived = EVP_PKEY_derive(context, $0.unsigned, &count) == 1 && count == 32
    }
    ERR_clear_error()
    // libcrypto refuses the all-zero result itself; the comparison keeps the rule where another build of it does not.
    return derived && !shared.equals(zero) ? shared : nil
  }

  private static let zero = KeyBytes([UInt8](repeating: 0, count: 32))

  private static func privateKey(_ secret: KeyBytes) throws(SealingError) -> OpaquePointer {
    let key = secret.withBytes { EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, $0.unsigned, $0.count) }
    guard let key else { throw .library("read a secret key") }
    return key
  }
}
