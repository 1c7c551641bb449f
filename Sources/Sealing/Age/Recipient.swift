/// The public half of a key pair: whoever has it can seal for its owner. Written `age1…`.
public struct Recipient: Sendable, Hashable, CustomStringConvertible, Codable {
  /// The 32 bytes of the X25519 public key.
  let publicKey: [UInt8]

  init(publicKey: [UInt8]) { self.publicKey = publicKey }

  /// Reads `age1…`, as `age-keygen` and `journeyman key` print it.
  ///
  /// - Throws: ``SealingError`` (`malformedRecipient`) for a mistyped key, another kind of key, or a point of low
  ///   order, to which everybody could open.
  public init(_ text: String) throws(SealingError) {
    guard let (prefix, bytes) = Bech32.decode(text.utf8), prefix == "age", bytes.count == 32 else {
      throw SealingError(.malformedRecipient, Self.complaint(about: text))
    }
    if try X25519.sharedSecret(.random(count: 32), with: bytes) == nil {
      throw SealingError(.malformedRecipient, "\(text) is not a usable recipient: it is a point of low order")
    }
    publicKey = bytes
  }

  /// `age1…`.
  public var description: String { Bech32.encode(publicKey, prefix: "age") }

  /// Reads `age1…`.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.singleValueContainer().decode(String.self))
  }

  /// Writes `age1…`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Why a text is no recipient. A secret key given by mistake is never repeated.
  private static func complaint(about text: String) -> String {
    if text.uppercased().hasPrefix("AGE-SECRET-KEY-") {
      return "that is a secret key, not a recipient; a recipient begins with age1 (journeyman key show prints yours)"
    }
    let shown = String(text.unicodeScalars.prefix(80).filter { $0.isASCII && $0.value > 32 }.map(Character.init))
    let kinds = ["ssh-", "age1pq1", "age1tag1", "age1tagpq1"]
    if kinds.contains(where: text.hasPrefix) {
      return "\(shown) is a kind of recipient that is not supported; use an X25519 one (age1…)"
    }
    return
      "\(shown) is not a recipient: it must be age1 and 58 more lower-case letters and digits; check for a typing slip"
  }
}
