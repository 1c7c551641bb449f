/// The encodings that turn each character into characters of its own.
extension SecretEncodings {
  static func addTextForms(of bytes: [UInt8], to forms: inout Set<[UInt8]>) {
    forms.insert(bytes)
    for digits in [lowerDigits, upperDigits] {
      forms.insert(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
    addPercentEncodings(of: bytes, to: &forms)
    addJSONEscapes(of: bytes, to: &forms)
    addShellQuotings(of: bytes, to: &forms)
  }

  private static let lowerDigits = Array("0123456789abcdef".utf8)
  private static let upperDigits = Array("0123456789ABCDEF".utf8)

  /// RFC 3986 §2.1 with the characters that common encoders leave alone: Python's `quote` the slash, JavaScript's
  /// `encodeURIComponent` `!'()*`, HTML forms a space as `+`.
  private static func addPercentEncodings(of bytes: [UInt8], to forms: inout Set<[UInt8]>) {
    for kept in ["", "/", "!'()*", "!'()*/"].map({ Array($0.utf8) }) {
      for digits in [lowerDigits, upperDigits] {
        for space in ["%20", "+"].map({ Array($0.utf8) }) {
          forms.insert(
            bytes.flatMap { byte -> [UInt8] in
              if byte == 32 { return space }
              if isUnreserved(byte) || kept.contains(byte) { return [byte] }
              return [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            })
        }
      }
    }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, 45, 46, 95, 126: true
    default: false
    }
  }

  /// RFC 8259 §7, with what encoders may escape besides: the slash, `<>&` (Go), everything outside ASCII (Python).
  private static func addJSONEscapes(of bytes: [UInt8], to forms: inout Set<[UInt8]>) {
    let text = String(decoding: bytes, as: UTF8.self)
    for also in ["", "/", "<>&", "/<>&"] {
      for digits in [lowerDigits, upperDigits] {
        for onlyASCII in [false, true] {
          forms.insert(text.utf16.isEmpty ? bytes : jsonEscaped(text, also: also, digits, onlyASCII: onlyASCII))
        }
      }
    }
  }

  private static func jsonEscaped(_ text: String, also: String, _ digits: [UInt8], onlyASCII: Bool) -> [UInt8] {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += [92, UInt8(scalar.value)]
      case "/" where also.contains("/"): result += [92, 47]
      case "\n": result += Array("\\n".utf8)
      case "\r": result += Array("\\r".utf8)
      case "\t": result += Array("\\t".utf8)
      case "\u{8}": result += Array("\\b".utf8)
      case "\u{c}": result += Array("\\f".utf8)
      case _ where scalar.value < 32 || "<>&".contains(Character(scalar)) && also.contains(Character(scalar)),
        _ where onlyASCII && !scalar.isASCII:
        for unit in String(scalar).utf16 {
          result += [92, 117] + [12, 8, 4, 0].map { digits[Int(unit >> UInt16($0) & 15)] }
        }
      default: result += Array(String(scalar).utf8)
      }
    }
    return result
  }

  /// A value inside single quotes as bash and as dash write it, and inside double quotes.
  private static func addShellQuotings(of bytes: [UInt8], to forms: inout Set<[UInt8]>) {
    for quote in [#"'\''"#, #"'"'"'"#].map({ Array($0.utf8) }) {
      forms.insert(bytes.flatMap { $0 == 39 ? quote : [$0] })
    }
    let special = Array("\"\\$`".utf8)
    forms.insert(bytes.flatMap { special.contains($0) ? [92, $0] : [$0] })
  }
}
