/// The text at the start of an age file, <https://c2sp.org/age>: version, stanzas, and a code over both.
struct Header {
  /// The stanzas in their order; never empty.
  var stanzas: [Stanza]
  /// The code that stands in the header.
  var mac: [UInt8]
  /// Every byte the code covers.
  var authenticated: [UInt8]

  /// What every version's first line begins with.
  static let versionPrefix = Array("age-encryption.org/".utf8)
  /// The first line of this version.
  static let versionLine = Array("age-encryption.org/v1".utf8)
  /// Bytes a header may have; more would only serve to use up memory.
  static let longest = 1 << 20
  /// Stanzas a header may have; each costs a key agreement for each identity.
  static let mostStanzas = 1024

  /// Writes a header for a file key.
  static func encode(_ stanzas: [Stanza], fileKey: KeyBytes) throws -> [UInt8] {
    var bytes = versionLine + [UInt8(ascii: "\n")]
    for stanza in stanzas { bytes += Array(stanza.encoded.utf8) }
    bytes += Array("---".utf8)
    let mac = try code(over: bytes, fileKey: fileKey).withBytes { Array($0) }
    return bytes + Array(" \(CanonicalBase64.encode(mac))\n".utf8)
  }

  /// Whether the header is the one that was made with this file key.
  func isAuthentic(under fileKey: KeyBytes) throws(SealingError) -> Bool {
    try Self.code(over: authenticated, fileKey: fileKey).equals(KeyBytes(mac))
  }

  private static func code(over bytes: [UInt8], fileKey: KeyBytes) throws(SealingError) -> KeyBytes {
    try KeyDerivation.hmac(try KeyDerivation.hkdf(fileKey, salt: [], info: "header"), over: bytes)
  }
}
