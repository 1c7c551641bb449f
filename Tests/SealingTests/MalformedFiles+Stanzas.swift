import JourneymanSupport

@testable import JourneymanSealing

extension MalformedFile {
  /// Stanzas for recipients.
  static let recipientStanzas: [MalformedFile] =
    [
      .init("no share", .malformedStanza) { $0.stanzas = changed { $0.arguments.removeLast() } },
      .init("extra argument", .malformedStanza) { $0.stanzas = changed { $0.arguments.append("x") } },
      .init("share of 31 bytes", .malformedStanza) { $0.stanzas = changed { $0.arguments[1] = a(42) } },
      .init("share of 33 bytes", .malformedStanza) { $0.stanzas = changed { $0.arguments[1] = a(44) } },
      .init("stray bits in the share", .malformedStanza) { $0.stanzas = changed { $0.arguments[1] = a(42) + "B" } },
      .init("padded share", .malformedStanza) { $0.stanzas = changed { $0.arguments[1] += "=" } },
      .init("URL alphabet in the share", .malformedStanza) {
        $0.stanzas = changed { $0.arguments[1] = a(41) + "-A" }
      },
      .init("empty body", .malformedStanza) { $0.stanzas = changed { $0.body = [] } },
      .init("body of 31 bytes", .malformedStanza) { $0.stanzas = changed { $0.body.removeLast() } },
      .init("body of 33 bytes", .malformedStanza) { $0.stanzas = changed { $0.body.append(0) } },
      .init("body shorter than a tag", .malformedStanza) { $0.stanzas = changed { $0.body = [1, 2, 3] } },
      .init("long file key", .malformedStanza) {
        $0.stanzas = ForgedEnvelope.stanza(fileKey: KeyBytes([UInt8](repeating: 1, count: 24)))
      },
      .init("stanza flawed beside a good one", .malformedStanza) {
        $0.stanzas = ForgedEnvelope.goodStanza + changed { $0.arguments.append("x") }
      },
      .init("wrong tag", .noMatchingKey) { $0.stanzas = changed { $0.body[31] ^= 1 } },
      .init("lower-case type", .noMatchingKey) { $0.stanzas = changed { $0.arguments[0] = "x25519" } },
      .init("unknown type alone", .noMatchingKey) { $0.stanzas = "-> grease x\n\n" },
      .init(
        "for somebody else", .noMatchingKey,
        bytes: {
          try ForgedEnvelope(stanzas: ForgedEnvelope.stanza(try Identity().recipient)).bytes
        }),
      .init("no identity at hand", .noMatchingKey, keys: Keys()) { _ in },
      .init("a passphrase instead of an identity", .noMatchingKey, keys: hunter2) { _ in },
      .init("the same stanza twice", .conflictingStanzas) {
        $0.stanzas = ForgedEnvelope.goodStanza + ForgedEnvelope.goodStanza
      },
      .init("the same share twice", .conflictingStanzas) {
        let good = ForgedEnvelope.goodStanza
        let share = String(good.split(separator: "\n")[0])
        $0.stanzas = good + "\(share)\n\(a(43))\n"
      },
      .init("two file keys for one identity", .conflictingStanzas) {
        $0.stanzas =
          ForgedEnvelope.goodStanza
          + ForgedEnvelope.stanza(fileKey: KeyBytes([UInt8](repeating: 9, count: 16)))
      },
    ]
    + lowOrderPoints.enumerated().map { number, point in
      .init("share of low order, number \(number)", .malformedStanza) {
        $0.stanzas = changed { $0.arguments[1] = CanonicalBase64.encode(point) }
      }
    }
    + lowOrderPoints.enumerated().map { number, point in
      .init("share of low order after a good one, number \(number)", .malformedStanza) {
        $0.stanzas = ForgedEnvelope.goodStanza + changed { $0.arguments[1] = CanonicalBase64.encode(point) }
      }
    }

  /// The points whose multiples are zero (RFC 7748, section 6.1), and two that are these above the prime.
  static let lowOrderPoints: [[UInt8]] = [
    bytes("0000000000000000000000000000000000000000000000000000000000000000"),
    bytes("0100000000000000000000000000000000000000000000000000000000000000"),
    bytes("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  ]

  /// Stanzas for passphrases.
  static let passphraseStanzas: [MalformedFile] = [
    .init("beside a recipient", .mixedStanzas, keys: both) {
      $0.stanzas = ForgedEnvelope.goodStanza + ForgedEnvelope.passphraseStanza().encoded
    },
    .init("before a recipient", .mixedStanzas, keys: both) {
      $0.stanzas = ForgedEnvelope.passphraseStanza().encoded + ForgedEnvelope.goodStanza
    },
    .init("two passphrases", .mixedStanzas, keys: both) {
      $0.stanzas = ForgedEnvelope.passphraseStanza().encoded + ForgedEnvelope.passphraseStanza().encoded
    },
    .init("beside an unknown type", .mixedStanzas, keys: both) {
      $0.stanzas = ForgedEnvelope.passphraseStanza().encoded + "-> grease\n\n"
    },
    .init("beside a recipient, opened by the identity", .mixedStanzas) {
      $0.stanzas = ForgedEnvelope.goodStanza + ForgedEnvelope.passphraseStanza().encoded
    },
    .init("no work factor", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.arguments.removeLast() } },
    .init("no salt", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.arguments.remove(at: 1) } },
    .init("extra argument", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.arguments.append("1") } },
    .init("salt of 15 bytes", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.arguments[1] = a(20) } },
    .init("salt of 17 bytes", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.arguments[1] = a(23) } },
    .init("stray bits in the salt", .malformedStanza, keys: hunter2) {
      $0.stanzas = secret { $0.arguments[1] = a(21) + "B" }
    },
    .init("padded salt", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.arguments[1] += "==" } },
    .init("work factor zero", .malformedStanza, keys: hunter2) { $0.stanzas = work("0") },
    .init("work factor with a leading zero", .malformedStanza, keys: hunter2) { $0.stanzas = work("010") },
    .init("work factor with a sign", .malformedStanza, keys: hunter2) { $0.stanzas = work("+10") },
    .init("negative work factor", .malformedStanza, keys: hunter2) { $0.stanzas = work("-10") },
    .init("hexadecimal work factor", .malformedStanza, keys: hunter2) { $0.stanzas = work("0xa") },
    .init("work factor with an exponent", .malformedStanza, keys: hunter2) { $0.stanzas = work("1e1") },
    .init("work factor with a fraction", .malformedStanza, keys: hunter2) { $0.stanzas = work("10.0") },
    .init("empty work factor", .malformedHeader, keys: hunter2) { $0.stanzas = work("") },
    .init("work factor in other digits", .malformedHeader, keys: hunter2) { $0.stanzas = work("١٠") },
    .init("work factor 21", .excessiveWork, keys: hunter2) { $0.stanzas = work("21") },
    .init("work factor 63", .excessiveWork, keys: hunter2) { $0.stanzas = work("63") },
    .init("work factor 64", .excessiveWork, keys: hunter2) { $0.stanzas = work("64") },
    .init("work factor beyond 64 bits", .excessiveWork, keys: hunter2) { $0.stanzas = work("99999999999999999999") },
    .init("work factor too great without a passphrase", .excessiveWork) { $0.stanzas = work("30") },
    .init("body of 31 bytes", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.body.removeLast() } },
    .init("body of 33 bytes", .malformedStanza, keys: hunter2) { $0.stanzas = secret { $0.body.append(0) } },
    .init("long file key", .malformedStanza, keys: hunter2) {
      $0.stanzas = ForgedEnvelope.passphraseStanza(fileKey: KeyBytes([UInt8](repeating: 1, count: 17))).encoded
    },
    .init("wrong tag", .noMatchingKey, keys: hunter2) { $0.stanzas = secret { $0.body[0] ^= 1 } },
    .init("another work factor", .noMatchingKey, keys: hunter2) { $0.stanzas = work("11") },
    .init("upper-case type", .noMatchingKey, keys: hunter2) { $0.stanzas = secret { $0.arguments[0] = "Scrypt" } },
    .init("wrong passphrase", .noMatchingKey, keys: Keys(passphrase: Secret("hunter3"))) { $0.stanzas = work("10") },
    .init("empty passphrase", .missingPassphrase, keys: Keys(passphrase: Secret(""))) { $0.stanzas = work("10") },
    .init("an identity instead of a passphrase", .missingPassphrase) { $0.stanzas = work("10") },
  ]

  private static let hunter2 = Keys(passphrase: Secret("hunter2"))
  private static let both = Keys(identities: [ForgedEnvelope.identity], passphrase: Secret("hunter2"))

  private static func changed(_ change: (inout Stanza) -> Void) -> String { ForgedEnvelope.changed(change) }

  private static func work(_ factor: String) -> String { ForgedEnvelope.work(factor) }

  private static func secret(_ change: (inout Stanza) -> Void) -> String {
    var stanza = ForgedEnvelope.passphraseStanza()
    change(&stanza)
    return stanza.encoded
  }

  private static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal)
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
  }
}
