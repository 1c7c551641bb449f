/// The forms in which a secret's value is looked for in a build's output.
///
/// - the value itself, and each line of a value of several lines, white space around it removed;
/// - Base64, standard and URL-safe, at each of the three places a value can have in a group of three bytes, without
///   the characters that also depend on what stands before or behind; wrapped after 64 and 76 characters, as
///   `openssl base64` and `base64` do with a value that stands alone;
/// - hexadecimal digits in lower and upper case;
/// - percent-encoded as in URLs and forms; escaped for JSON; quoted for a shell (`set -x` and `export -p` do that).
///
/// Long forms are looked for in pieces of ``pieceLength`` bytes, so that also a part of a long key is masked.
enum SecretEncodings {
  /// Forms of more than twice as many bytes are cut into pieces of so many.
  static let pieceLength = 64
  /// Lines of wrapped Base64 that are shorter are too common to be masked.
  private static let shortestWrappedLine = 8

  /// The patterns for one value, each of 4 to 128 bytes; none when the value is too short.
  static func patterns(of value: String) -> [ArraySlice<UInt8>] {
    let whole = trimmed(Array(value.utf8)[...]) { $0 == 10 || $0 == 13 }
    let lines = whole.split { $0 == 10 || $0 == 13 }.map { trimmed($0) { $0 <= 32 } }.filter { !$0.isEmpty }
    let long = lines.filter { $0.count >= SecretMasker.shortestSecret }
    var forms: Set<[UInt8]> = []
    // A value whose lines are all looked for needs no pattern across lines but in Base64, which has no line ends.
    if whole.count >= SecretMasker.shortestSecret {
      if long.count < lines.count { addTextForms(of: Array(whole), to: &forms) }
      addBase64(of: Array(whole), to: &forms)
    }
    for line in long {
      addTextForms(of: Array(line), to: &forms)
      addBase64(of: Array(line), to: &forms)
    }
    return forms.flatMap(pieces)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>, _ isBlank: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    var rest = bytes.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return rest
  }

  private static func pieces(of form: [UInt8]) -> [ArraySlice<UInt8>] {
    if form.count <= 2 * pieceLength { return [form[...]] }
    let starts = stride(from: 0, through: form.count - pieceLength, by: pieceLength)
    return starts.map { form[$0..<$0 + pieceLength] } + [form.suffix(pieceLength)]
  }

  // MARK: Base64

  private static let standardAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlSafeAlphabet = standardAlphabet.dropLast(2) + Array("-_".utf8)

  private static func addBase64(of bytes: [UInt8], to forms: inout Set<[UInt8]>) {
    for alphabet in [standardAlphabet, Array(urlSafeAlphabet)] {
      for before in 0..<3 {
        let digits = sextets([UInt8](repeating: 0, count: before) + bytes).map { alphabet[Int($0)] }
        let first = (before * 8 + 5) / 6
        let complete = (before + bytes.count) * 8 / 6
        forms.insert(Array(digits[first..<complete]))
        // With the last character, whose missing bits are zero when the value ends the encoded text.
        forms.insert(Array(digits[first...]))
      }
      for wrapped in [bytes, bytes + [10]] {
        let digits = sextets(wrapped).map { alphabet[Int($0)] }
        for width in [64, 76] where digits.count > width {
          for start in stride(from: 0, to: digits.count, by: width) {
            let line = digits[start..<min(start + width, digits.count)]
            if line.count >= shortestWrappedLine { forms.insert(Array(line)) }
          }
        }
      }
    }
  }

  /// Groups of six bits, the last filled up with zeros (RFC 4648 §4).
  private static func sextets(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        result.append(UInt8(bits >> UInt32(count) & 63))
      }
    }
    if count > 0 { result.append(UInt8(bits << UInt32(6 - count) & 63)) }
    return result
  }
}
