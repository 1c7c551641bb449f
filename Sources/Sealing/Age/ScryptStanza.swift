internal import JourneymanSupport

/// Stanzas of the type `scrypt`: `-> scrypt SALT LOGARITHM` and the file key, sealed under a passphrase.
enum ScryptStanza {
  static let type = "scrypt"
  private static let label = Array("age-encryption.org/v1/scrypt".utf8)
  /// What `age` uses: 256 MiB of memory, about half a second.
  static let usualLogarithm = 18
  /// The most that is accepted: 1 GiB of memory, some seconds. A file must not be able to ask for more.
  static let greatestLogarithm = 20

  /// Wraps a file key under a passphrase.
  static func wrap(
    _ fileKey: KeyBytes, under passphrase: Secret, logarithm: Int = usualLogarithm
  ) throws -> Stanza {
    let salt = try KeyBytes.random(count: 16).withBytes { Array($0) }
    let key = try KeyDerivation.scrypt(passphrase: passphrase.reveal(), salt: label + salt, logarithm: logarithm)
    return Stanza(
      arguments: [type, CanonicalBase64.encode(salt), String(logarithm)],
      body: try KeyWrap.seal(fileKey, under: key))
  }

  /// The salt and the work of a stanza, once the stanza follows the rules of its type.
  static func parameters(of stanza: Stanza) throws(SealingError) -> (salt: [UInt8], logarithm: Int) {
    if stanza.arguments.count != 3 {
      throw SealingError(.malformedStanza, "a scrypt stanza has \(stanza.arguments.count) arguments instead of 3")
    }
    guard let salt = CanonicalBase64.decode(Array(stanza.arguments[1].utf8)), salt.count == 16 else {
      throw SealingError(.malformedStanza, "the salt of a scrypt stanza is not the Base64 form of 16 bytes")
    }
    let digits = stanza.arguments[2]
    if digits.hasPrefix("0") || !digits.utf8.allSatisfy({ (48...57).contains($0) }) {
      throw SealingError(.malformedStanza, "the work factor of a scrypt stanza is not a decimal number")
    }
    if stanza.body.count != FileKey.wrappedLength {
      throw SealingError(.malformedStanza, "the body of a scrypt stanza is \(stanza.body.count) bytes, not 32")
    }
    // A number too long for Int is certainly too much work.
    guard let logarithm = Int(digits), logarithm <= greatestLogarithm else {
      throw SealingError(
        .excessiveWork, "the file asks for more work on its passphrase than is allowed (2^\(greatestLogarithm))")
    }
    return (salt, logarithm)
  }

  /// The file key, or `nil` when the passphrase is wrong.
  static func unwrap(_ stanza: Stanza, with passphrase: Secret) throws -> KeyBytes? {
    let (salt, logarithm) = try parameters(of: stanza)
    let key = try KeyDerivation.scrypt(passphrase: passphrase.reveal(), salt: label + salt, logarithm: logarithm)
    return try KeyWrap.open(stanza.body, under: key)
  }
}
