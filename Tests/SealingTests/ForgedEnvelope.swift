import Foundation
import JourneymanSupport
import Testing

@testable import JourneymanSealing

/// An age file put together from parts, any of which may be wrong, with a code that is right for what was put together:
/// a reader that overlooks the flaw would open it.
struct ForgedEnvelope {
  /// The identity it is meant for.
  static let identity = readIdentity("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX")
  /// What the payload holds unless it is set.
  static let plain = Array("the content of the envelope".utf8)
  static let fileKey = KeyBytes((0..<16).map { UInt8($0 * 7 + 1) })
  private static let nonce = (0..<16).map { UInt8(200 - $0) }

  /// The first line and its line feed.
  var version = "age-encryption.org/v1\n"
  /// Everything up to the last line.
  var stanzas = ForgedEnvelope.goodStanza
  /// Makes the last line, line feed included, of the right code.
  var lastLine: @Sendable (_ code: String) -> String = { "--- \($0)\n" }
  /// Changes the header after its code was computed.
  var tamper: @Sendable (String) -> String = { $0 }
  /// The nonce and the chunks.
  var payload: [UInt8] = nonce + ForgedEnvelope.chunk(ForgedEnvelope.plain, 0, isFinal: true)

  /// The whole file.
  var bytes: [UInt8] {
    get throws {
      let covered = version + stanzas
      let code = try KeyDerivation.hmac(
        try KeyDerivation.hkdf(Self.fileKey, salt: [], info: "header"), over: Array((covered + "---").utf8))
      return Array(tamper(covered + lastLine(CanonicalBase64.encode(code.withBytes { Array($0) }))).utf8) + payload
    }
  }

  /// The file as armor, made by hand.
  func armored(_ change: (String) -> String = { $0 }) throws -> [UInt8] {
    let base64 = Array(Data(try bytes).base64EncodedString())
    let lines = stride(from: 0, to: base64.count, by: 64).map { String(base64[$0..<min($0 + 64, base64.count)]) }
    let text = ["-----BEGIN AGE ENCRYPTED FILE-----"] + lines + ["-----END AGE ENCRYPTED FILE-----", ""]
    return Array(change(text.joined(separator: "\n")).utf8)
  }

  /// A stanza for the identity.
  static let goodStanza = stanza()

  /// A correctly sealed stanza.
  static func stanza(_ recipient: Recipient = identity.recipient, fileKey: KeyBytes = fileKey) -> String {
    readStanza { try X25519Stanza.wrap(fileKey, for: recipient) }.encoded
  }

  /// A stanza for a passphrase, `hunter2` with little work unless told otherwise.
  static func passphraseStanza(logarithm: Int = 10, fileKey: KeyBytes = fileKey) -> Stanza {
    readStanza { try ScryptStanza.wrap(fileKey, under: Secret("hunter2"), logarithm: logarithm) }
  }

  /// A stanza for the identity, changed.
  static func changed(_ change: (inout Stanza) -> Void) -> String {
    var stanza = readStanza { try X25519Stanza.wrap(fileKey, for: identity.recipient) }
    change(&stanza)
    return stanza.encoded
  }

  /// A passphrase stanza with a work factor of any text.
  static func work(_ factor: String) -> String {
    var stanza = passphraseStanza()
    stanza.arguments[2] = factor
    return stanza.encoded
  }

  /// Nonce and chunks of these contents, flagged as age does: the last one is final.
  static func chunks(_ contents: [[UInt8]]) -> [UInt8] {
    nonce + contents.enumerated().flatMap { chunk($1, $0, isFinal: $0 == contents.count - 1) }
  }

  /// Nonce and these chunks.
  static func payload(_ chunks: [UInt8]...) -> [UInt8] { nonce + chunks.joined() }

  /// A sealed chunk.
  static func chunk(_ plain: [UInt8], _ number: Int, isFinal: Bool) -> [UInt8] {
    var chunkNonce = [UInt8](repeating: 0, count: 12)
    chunkNonce[10] = UInt8(number)
    chunkNonce[11] = isFinal ? 1 : 0
    var sealed = [UInt8](repeating: 0, count: plain.count + 16)
    do {
      let cipher = try ChaCha20Poly1305(key: try Chunk.key(of: fileKey, nonce: nonce), sealing: true)
      try plain.withUnsafeBytes { plain in
        try chunkNonce.withUnsafeBytes { nonce in
          try sealed.withUnsafeMutableBytes { try cipher.seal(plain, nonce: nonce, into: $0) }
        }
      }
    } catch {
      preconditionFailure("\(error)")
    }
    return sealed
  }

  private static func readIdentity(_ text: String) -> Identity {
    do { return try Identity(text) } catch { preconditionFailure("\(error)") }
  }

  private static func readStanza(_ make: () throws -> Stanza) -> Stanza {
    do { return try make() } catch { preconditionFailure("\(error)") }
  }
}

/// A malformed file and the error it must give.
struct MalformedFile: Sendable, CustomTestStringConvertible {
  var name: String
  var code: SealingError.Code
  var keys: Keys
  var bytes: @Sendable () throws -> [UInt8]

  init(
    _ name: String, _ code: SealingError.Code, keys: Keys = Keys(identities: [ForgedEnvelope.identity]),
    bytes: @escaping @Sendable () throws -> [UInt8]
  ) {
    self.name = name
    self.code = code
    self.keys = keys
    self.bytes = bytes
  }

  /// A file whose parts are changed.
  init(
    _ name: String, _ code: SealingError.Code, keys: Keys = Keys(identities: [ForgedEnvelope.identity]),
    _ change: @escaping @Sendable (inout ForgedEnvelope) -> Void
  ) {
    self.init(name, code, keys: keys) {
      var envelope = ForgedEnvelope()
      change(&envelope)
      return try envelope.bytes
    }
  }

  var testDescription: String { name }
}
