internal import Foundation

/// The character sets that pipelines name, by Java's names.
enum TextEncoding {
  private static let encodings: [String: String.Encoding] = [
    "UTF-8": .utf8, "UTF8": .utf8, "US-ASCII": .ascii, "ASCII": .ascii, "ISO-8859-1": .isoLatin1, "LATIN1": .isoLatin1,
    "ISO-8859-2": .isoLatin2, "WINDOWS-1250": .windowsCP1250, "WINDOWS-1251": .windowsCP1251,
    "WINDOWS-1252": .windowsCP1252, "CP1252": .windowsCP1252, "UTF-16": .utf16, "UTF-16BE": .utf16BigEndian,
    "UTF-16LE": .utf16LittleEndian, "SHIFT_JIS": .shiftJIS, "EUC-JP": .japaneseEUC,
  ]

  private static func encoding(_ name: String?) throws(JenkinsError) -> String.Encoding {
    guard let name else { return .utf8 }
    guard let encoding = encodings[name.uppercased()] else {
      throw JenkinsError(
        .unsupported,
        "this agent does not know the encoding '\(name)'; it knows \(encodings.keys.sorted().joined(separator: ", "))")
    }
    return encoding
  }

  /// The bytes of a text; characters that the encoding lacks become question marks, as in Java.
  ///
  /// - Parameter name: Java's name of the encoding; `nil` is UTF-8.
  static func encode(_ text: String, _ name: String?) throws(JenkinsError) -> [UInt8] {
    let encoding = try encoding(name)
    if encoding == .utf8 { return Array(text.utf8) }
    if let data = text.data(using: encoding) { return Array(data) }
    return text.flatMap { character -> [UInt8] in
      Array(String(character).data(using: encoding) ?? Data("?".utf8))
    }
  }

  /// The text of bytes; `nil` when they are not of this encoding.
  static func decode(_ bytes: [UInt8], _ name: String?) throws(JenkinsError) -> String? {
    String(data: Data(bytes), encoding: try encoding(name))
  }
}
