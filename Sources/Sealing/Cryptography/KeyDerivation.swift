internal import CCrypto

/// The key derivations of the age format, all by libcrypto.
enum KeyDerivation {
  /// HKDF-SHA-256 (RFC 5869) with 32 bytes of output.
  static func hkdf(_ secret: KeyBytes, salt: [UInt8], info: String) throws(SealingError) -> KeyBytes {
    let info = Array(info.utf8)
    var succeeded = false
    let key = secret.withBytes { secret in
      KeyBytes(count: 32) { output in
        succeeded =
          journeyman_hkdf_sha256(
            secret.baseAddress, secret.count, salt, salt.count, info, info.count, output.unsigned) == 1
      }
    }
    if !succeeded { throw .library("derive a key") }
    return key
  }

  /// HMAC-SHA-256 (RFC 2104).
  static func hmac(_ key: KeyBytes, over message: [UInt8]) throws(SealingError) -> KeyBytes {
    var succeeded = false
    let code = key.withBytes { key in
      KeyBytes(count: 32) { output in
        var count = 0
        succeeded =
          EVP_Q_mac(
            nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count, message, message.count, output.unsigned,
            output.count, &count) != nil && count == 32
      }
    }
    if !succeeded { throw .library("compute a header's code") }
    return code
  }

  /// scrypt (RFC 7914) with r = 8, p = 1 and 32 bytes of output.
  ///
  /// - Parameter logarithm: the base-two logarithm of N; 2^(10 + logarithm) bytes of memory are used.
  static func scrypt(passphrase: String, salt: [UInt8], logarithm: Int) throws(SealingError) -> KeyBytes {
    let passphrase = KeyBytes(passphrase.utf8)
    let memory = UInt64(1) << UInt64(logarithm + 10)
    var succeeded = false
    let key = passphrase.withBytes { passphrase in
      KeyBytes(count: 32) { output in
        succeeded =
          EVP_PBE_scrypt(
            passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), passphrase.count, salt, salt.count,
            UInt64(1) << UInt64(logarithm), 8, 1, memory + (1 << 20), output.unsigned, output.count) == 1
      }
    }
    if !succeeded { throw .library("derive a key from the passphrase (\(memory >> 20) MiB of memory)") }
    return key
  }
}
