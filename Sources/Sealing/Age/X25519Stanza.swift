/// Stanzas of the type `X25519`: `-> X25519 SHARE` and the sealed file key.
enum X25519Stanza {
  static let type = "X25519"
  private static let info = "age-encryption.org/v1/X25519"

  /// Wraps a file key for a recipient.
  static func wrap(_ fileKey: KeyBytes, for recipient: Recipient) throws -> Stanza {
    let ephemeral = try KeyBytes.random(count: 32)
    let share = try X25519.publicKey(of: ephemeral)
    guard let shared = try X25519.sharedSecret(ephemeral, with: recipient.publicKey) else {
      throw SealingError(.malformedRecipient, "\(recipient) is not a usable recipient: it is a point of low order")
    }
    let key = try KeyDerivation.hkdf(shared, salt: share + recipient.publicKey, info: info)
    return Stanza(
      arguments: [type, CanonicalBase64.encode(share)], body: try KeyWrap.seal(fileKey, under: key))
  }

  /// The ephemeral share of a stanza, once the stanza follows the rules of its type.
  static func share(of stanza: Stanza) throws(SealingError) -> [UInt8] {
    if stanza.arguments.count != 2 {
      throw SealingError(.malformedStanza, "an X25519 stanza has \(stanza.arguments.count) arguments instead of 2")
    }
    guard let share = CanonicalBase64.decode(Array(stanza.arguments[1].utf8)), share.count == 32 else {
      throw SealingError(.malformedStanza, "the share of an X25519 stanza is not the Base64 form of 32 bytes")
    }
    if stanza.body.count != FileKey.wrappedLength {
      throw SealingError(.malformedStanza, "the body of an X25519 stanza is \(stanza.body.count) bytes, not 32")
    }
    return share
  }

  /// The file key, or `nil` when the stanza is for somebody else.
  static func unwrap(_ stanza: Stanza, with identity: Identity) throws -> KeyBytes? {
    let share = try share(of: stanza)
    guard let shared = try X25519.sharedSecret(identity.secretKey, with: share) else {
      throw SealingError(.malformedStanza, "the share of an X25519 stanza is a point of low order")
    }
    let key = try KeyDerivation.hkdf(shared, salt: share + identity.recipient.publicKey, info: info)
    return try KeyWrap.open(stanza.body, under: key)
  }
}

/// The key of one file, from which the keys of its header and payload are derived.
enum FileKey {
  /// Bytes of a file key.
  static let length = 16
  /// Bytes of a file key in a stanza.
  static let wrappedLength = length + ChaCha20Poly1305.tagLength
}
