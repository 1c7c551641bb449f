/// The secret half of a key pair, which opens what was sealed for its ``recipient``. Written `AGE-SECRET-KEY-1…`.
public struct Identity: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The 32 bytes of the X25519 secret key.
  let secretKey: KeyBytes
  /// The public half.
  public let recipient: Recipient

  /// Makes a new key pair.
  ///
  /// - Throws: ``SealingError`` when there is no randomness.
  public init() throws(SealingError) {
    secretKey = try .random(count: 32)
    recipient = Recipient(publicKey: try X25519.publicKey(of: secretKey))
  }

  /// Reads `AGE-SECRET-KEY-1…`, as `age-keygen` and `journeyman key` write it.
  ///
  /// - Throws: ``SealingError`` (`malformedIdentity`), which never repeats the text.
  public init(_ text: String) throws(SealingError) {
    // Bech32 is all of one case, and an identity is all upper case: lower-case letters are refused.
    guard !text.utf8.contains(where: { (97...122).contains($0) }),
      let (prefix, bytes) = Bech32.decode(text.lowercased().utf8), prefix == "age-secret-key-", bytes.count == 32
    else {
      throw SealingError(
        .malformedIdentity, "not an identity: it must be AGE-SECRET-KEY-1 and 58 more upper-case letters and digits")
    }
    secretKey = KeyBytes(bytes)
    recipient = Recipient(publicKey: try X25519.publicKey(of: secretKey))
  }

  /// The secret key as `AGE-SECRET-KEY-1…`. Every call is a place to review.
  public func reveal() -> String {
    secretKey.withBytes { Bech32.encode(Array($0), prefix: "age-secret-key-") }.uppercased()
  }

  /// The public half, never the secret.
  public var description: String { "identity of \(recipient)" }
  /// The public half, never the secret.
  public var debugDescription: String { description }
  /// Shows the public half only.
  public var customMirror: Mirror { Mirror(self, children: ["recipient": recipient]) }
}
