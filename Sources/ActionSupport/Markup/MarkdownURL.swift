/// What a link of an untrusted text may be.
public enum MarkdownURL {
  /// Whether a link is relative, or of a scheme that only leads somewhere: `http`, `https`, `mailto`.
  ///
  /// Browsers pass over control characters and blanks in a scheme, so this does too.
  public static func isSafe(_ url: String) -> Bool {
    guard let scheme = scheme(of: url) else { return true }
    return ["http", "https", "mailto"].contains(scheme)
  }

  /// The scheme of an absolute URL in lowercase; `nil` for a relative one.
  public static func scheme(of url: String) -> String? {
    let start = url.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }
    var name = ""
    for scalar in start {
      if scalar == ":" { return name.isEmpty ? nil : name.lowercased() }
      if scalar == "/" || scalar == "?" || scalar == "#" { return nil }
      name.unicodeScalars.append(scalar)
    }
    return nil
  }
}
