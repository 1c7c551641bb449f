internal import CCrypto

/// ChaCha20-Poly1305 (RFC 8439) under one key, without associated data. For one thread at a time.
final class ChaCha20Poly1305 {
  /// Bytes by which a sealed message is longer.
  static let tagLength = 16
  /// Bytes of a nonce.
  static let nonceLength = 12

  private let context: OpaquePointer

  /// Sets the cipher up for one direction.
  init(key: KeyBytes, sealing: Bool) throws(SealingError) {
    guard let context = EVP_CIPHER_CTX_new() else { throw .library("set ChaCha20-Poly1305 up") }
    self.context = context
    let result = key.withBytes {
      EVP_CipherInit_ex(context, EVP_chacha20_poly1305(), nil, $0.unsigned, nil, sealing ? 1 : 0)
    }
    if result != 1 || key.count != 32 { throw .library("set ChaCha20-Poly1305 up") }
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// Writes the sealed form of `message` and its tag to `output`, which has room for 16 bytes more than `message`.
  func seal(
    _ message: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(SealingError) {
    var count: Int32 = 0
    var rest: Int32 = 0
    let sealed =
      output.count == message.count + Self.tagLength && nonce.count == Self.nonceLength
      && EVP_EncryptInit_ex(context, nil, nil, nil, nonce.unsigned) == 1
      && EVP_EncryptUpdate(context, output.unsigned, &count, message.unsigned, Int32(message.count)) == 1
      && EVP_EncryptFinal_ex(context, output.unsigned?.advanced(by: Int(count)), &rest) == 1
      && EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), output.unsigned?.advanced(by: message.count)) == 1
    if !sealed { throw .library("seal a chunk") }
  }

  /// Opens `sealed` into `output`, which has room for 16 bytes less.
  ///
  /// - Returns: `false` when the message is not authentic; `output` then holds bytes nobody may use.
  func open(
    _ sealed: UnsafeRawBufferPointer, nonce: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let length = sealed.count - Self.tagLength
    guard length >= 0, output.count == length, nonce.count == Self.nonceLength else { return false }
    var count: Int32 = 0
    var rest: Int32 = 0
    let tag = UnsafeMutableRawPointer(mutating: sealed.baseAddress?.advanced(by: length))
    let authentic =
      EVP_DecryptInit_ex(context, nil, nil, nil, nonce.unsigned) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), tag) == 1
      && EVP_DecryptUpdate(context, output.unsigned, &count, sealed.unsigned, Int32(length)) == 1
      && EVP_DecryptFinal_ex(context, output.unsigned?.advanced(by: Int(count)), &rest) == 1
    if !authentic { ERR_clear_error() }
    return authentic
  }
}

/// Sealing one file key under a wrap key: an all-zero nonce, because every wrap key is used once.
enum KeyWrap {
  private static let nonce = [UInt8](repeating: 0, count: ChaCha20Poly1305.nonceLength)

  /// The sealed form of `secret`.
  static func seal(_ secret: KeyBytes, under key: KeyBytes) throws -> [UInt8] {
    let cipher = try ChaCha20Poly1305(key: key, sealing: true)
    var body = [UInt8](repeating: 0, count: secret.count + ChaCha20Poly1305.tagLength)
    try secret.withBytes { secret in
      try nonce.withUnsafeBytes { nonce in
        try body.withUnsafeMutableBytes { try cipher.seal(secret, nonce: nonce, into: $0) }
      }
    }
    return body
  }

  /// The secret in `body`, or `nil` when `key` is not the one it was sealed under.
  static func open(_ body: [UInt8], under key: KeyBytes) throws -> KeyBytes? {
    let cipher = try ChaCha20Poly1305(key: key, sealing: false)
    var authentic = false
    let secret = KeyBytes(count: body.count - ChaCha20Poly1305.tagLength) { output in
      authentic = body.withUnsafeBytes { body in
        nonce.withUnsafeBytes { cipher.open(body, nonce: $0, into: output) }
      }
    }
    return authentic ? secret : nil
  }
}
