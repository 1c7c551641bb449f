import Foundation

/// Takes credentials out of text that may quote a URL.
enum Redaction {
  /// The text with `user:password@` of every URL in it replaced.
  static func withoutCredentials(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let separator = rest.range(of: "://") {
      result += rest[..<separator.upperBound]
      rest = rest[separator.upperBound...]
      let authority = rest.prefix { $0 != "/" && !$0.isWhitespace && $0 != "'" && $0 != "\"" }
      if let at = authority.lastIndex(of: "@") {
        result += "<redacted>"
        rest = rest[at...]
      }
    }
    return result + rest
  }
}
