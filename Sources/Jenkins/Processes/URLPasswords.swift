internal import Foundation
internal import JourneymanSupport

/// Passwords in URLs, which the agent itself never prints: neither into a build's log nor into an exception nor its own
/// log.
enum URLPasswords {
  private static let stars = "****"
  /// What ends the part of a URL that can hold a login, as it stands in a text.
  private static let ends = Set<Character>(" \t\r\n\"'<>/?#`|")

  /// The text with `scheme://user:password@` as `scheme://user:****@`. Where a web URL has no colon before the `@`, what
  /// stands there may be a token, and goes too.
  static func masked(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let separator = rest.place(of: "://") {
      let authority = rest[separator.upperBound...].prefix { !ends.contains($0) }
      // A password may itself hold an `@` that nobody encoded.
      guard let at = authority.lastIndex(of: "@") else {
        result += rest[..<separator.upperBound]
        rest = rest[separator.upperBound...]
        continue
      }
      let scheme = rest[..<separator.lowerBound].lowercased()
      result += rest[..<separator.upperBound]
      if let colon = authority[..<at].firstIndex(of: ":") {
        result += authority[...colon] + stars
      } else {
        result += scheme.hasSuffix("http") || scheme.hasSuffix("https") ? stars[...] : authority[..<at]
      }
      rest = rest[at...]
    }
    return result + rest
  }
}
