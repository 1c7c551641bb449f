/// The login that a web URL may hold between `//` and `@`, as in `https://user:password@example.org/x.git`.
public enum URLLogin {
  /// The URL without its login. Other text, such as an SSH address, whose user is part of it, comes back as it is.
  public static func removed(from url: String) -> String {
    guard let range = range(in: url) else { return url }
    return String(url[..<range.lowerBound] + url[range.upperBound...])
  }

  /// The password of the login, as it stands there and decoded; empty when there is none. A login without a colon may
  /// be a token.
  public static func secrets(in url: String) -> [Secret] {
    guard let range = range(in: url) else { return [] }
    let parts = url[range].dropLast().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let text = parts.last.map(String.init), !text.isEmpty else { return [] }
    return Set([text, PercentEncoding.decode(text) ?? text]).sorted().map { Secret($0) }
  }

  private static func range(in url: String) -> Range<String.Index>? {
    guard let separator = url.place(of: "://"),
      ["http", "https"].contains(url[..<separator.lowerBound].lowercased()),
      let at = url[separator.upperBound...].prefix(while: { $0 != "/" }).lastIndex(of: "@")
    else { return nil }
    return separator.upperBound..<url.index(after: at)
  }
}
