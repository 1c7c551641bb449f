import Foundation
public import JourneymanSealing

/// A DSSE envelope, <https://github.com/secure-systems-lab/dsse> version 1.0: a payload, its type, and signatures over
/// both. What it says of keys is a hint: only keys the reader trusts already count.
public struct SignedEnvelope: Sendable, Hashable, Codable {
  /// Bytes an envelope may have.
  public static let longest = 128 << 20
  private static let mostSignatures = 64

  /// One signature.
  public struct Signature: Sendable, Hashable, Codable {
    /// The signer's ``VerifyingKey/identifier()``, as a hint; may be empty.
    public var keyid: String?
    /// The signature in Base64.
    public var sig: String
  }

  /// The media type of the payload.
  public var payloadType: String
  /// The payload in Base64.
  public var payload: String
  /// The signatures.
  public var signatures: [Signature]

  /// Signs a payload.
  ///
  /// - Throws: ``SealingError``.
  public init(payload: [UInt8], type: String, signedBy key: SigningKey) throws(SealingError) {
    payloadType = type
    self.payload = Data(payload).base64EncodedString()
    let signature = try key.sign(Self.authenticationEncoding(type: type, payload: payload))
    signatures = [
      Signature(keyid: try key.publicKey().identifier(), sig: Data(signature).base64EncodedString())
    ]
  }

  /// Reads an envelope from anywhere.
  ///
  /// - Throws: ``AttestationError``.
  public init(parsing bytes: [UInt8]) throws(AttestationError) {
    if bytes.count > Self.longest {
      throw AttestationError(.tooLarge, "the provenance is longer than \(Self.longest >> 20) MiB")
    }
    do {
      self = try JSONDecoder().decode(SignedEnvelope.self, from: Data(bytes))
    } catch {
      throw AttestationError(
        .malformed, "the provenance is not a DSSE envelope: \(jsonProblem(error))", underlying: error)
    }
    if signatures.count > Self.mostSignatures {
      throw AttestationError(.tooLarge, "the provenance has more than \(Self.mostSignatures) signatures")
    }
  }

  /// The JSON text.
  ///
  /// - Throws: ``AttestationError``.
  public func encoded() throws(AttestationError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    } catch {
      throw AttestationError(.malformed, "cannot write the provenance: \(error)", underlying: error)
    }
  }

  /// Who signed, of the keys the reader trusts.
  public enum Verdict: Sendable, Hashable {
    /// This trusted key signed exactly this payload.
    case signed(by: VerifyingKey, payload: [UInt8])
    /// The envelope names a trusted key, but its signature is not over this payload: something was changed.
    case forged(VerifyingKey)
    /// Nobody trusted signed it; these are the identifiers it names.
    case unknownSigner([String])
    /// There is no signature.
    case unsigned
  }

  /// Holds the signatures against the trusted keys. The payload comes out only with a good signature.
  ///
  /// - Throws: ``AttestationError`` when the Base64 is malformed, ``SealingError`` when the library fails.
  public func verdict(trusting keys: [VerifyingKey]) throws -> Verdict {
    let payload = try Self.bytes(payload, of: "payload")
    let message = Self.authenticationEncoding(type: payloadType, payload: payload)
    let made = try signatures.map { (keyid: $0.keyid ?? "", bytes: try Self.bytes($0.sig, of: "signature")) }
    if made.isEmpty { return .unsigned }
    for key in keys where made.contains(where: { key.verifies($0.bytes, of: message) }) {
      return .signed(by: key, payload: payload)
    }
    for key in keys {
      let identifier = try key.identifier()
      if made.contains(where: { $0.keyid == identifier }) { return .forged(key) }
    }
    return .unknownSigner(
      made.map { String($0.keyid.unicodeScalars.prefix(80).filter { $0.value > 32 && $0.isASCII }) })
  }

  /// What is signed: `DSSEv1`, type and payload, each text with its length before it.
  static func authenticationEncoding(type: String, payload: [UInt8]) -> [UInt8] {
    Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
  }

  /// DSSE lets writers choose between the two alphabets of Base64.
  private static func bytes(_ text: String, of what: String) throws(AttestationError) -> [UInt8] {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    guard let data = Data(base64Encoded: standard) else {
      throw AttestationError(.malformed, "the \(what) of the provenance is not Base64")
    }
    return Array(data)
  }
}
