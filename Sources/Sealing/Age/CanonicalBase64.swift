import Foundation

/// Standard Base64 (RFC 4648, section 4) in the one form the age format allows: no padding, no stray bits.
enum CanonicalBase64 {
  /// The unpadded form of bytes.
  static func encode(_ bytes: [UInt8]) -> String {
    String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
  }

  /// Reads the unpadded form.
  ///
  /// - Returns: `nil` for padding, a character outside the alphabet, an impossible length, or a last character with
  ///   bits that no encoder sets.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    if text.contains(UInt8(ascii: "=")) { return nil }
    let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
    guard let data = Data(base64Encoded: Data(text) + Data(padding.utf8)) else { return nil }
    let bytes = [UInt8](data)
    return encode(bytes).utf8.elementsEqual(text) ? bytes : nil
  }
}
