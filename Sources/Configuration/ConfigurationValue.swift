import Foundation
import JourneymanSupport

/// The text of one variable, on its way to a type.
struct ConfigurationValue {
  /// Why a text is not of the wanted type, as the end of the sentence "KEY: …".
  struct Mismatch: Error { let message: String }

  /// The text; `nil` for a key without `=`.
  let text: String?
  /// The directory that relative paths start from: that of the configuration file.
  let directory: String

  /// Any text but an empty one.
  func string() throws(Mismatch) -> String {
    guard let text, !text.isEmpty else { throw Mismatch(message: "the value is missing") }
    if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      throw Mismatch(message: "the value contains control characters")
    }
    return text
  }

  /// A path, made absolute; `~/` is the home directory.
  func path() throws(Mismatch) -> String {
    StandardPaths.resolve(try string(), relativeTo: directory)
  }

  /// Words separated by commas or spaces.
  func words() throws(Mismatch) -> [String] {
    try string().split { $0 == "," || $0.isWhitespace }.map(String.init)
  }

  /// A boolean by git's rules; a key without `=` is true.
  func boolean() throws(Mismatch) -> Bool {
    guard let text else { return true }
    guard let value = GitConfigurationReader.boolean(text) else {
      throw Mismatch(message: "'\(text)' is not true or false")
    }
    return value
  }

  /// A whole number, with git's suffixes k, m and g.
  func integer(in range: ClosedRange<Int64>) throws(Mismatch) -> Int64 {
    let text = try string()
    guard let value = GitConfigurationReader.integer(text) else {
      throw Mismatch(message: "'\(text)' is not a whole number (k, m and g may follow it)")
    }
    if !range.contains(value) {
      let bounds =
        range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw Mismatch(message: "\(text) is out of range: \(bounds)")
    }
    return value
  }

  /// A positive number that may have a fraction.
  func decimal() throws(Mismatch) -> Double {
    let text = try string()
    guard let value = Double(text), value > 0, value.isFinite else {
      throw Mismatch(message: "'\(text)' is not a positive number")
    }
    return value
  }

  /// A duration in seconds: `90`, `15m`, `1h30m`.
  func seconds() throws(Mismatch) -> Double {
    let text = try string()
    guard let value = Duration(humanReadable: text) else {
      throw Mismatch(message: "'\(text)' is not a duration such as 90s, 15m or 1h30m")
    }
    return value.seconds
  }

  /// One of an enumeration's words.
  func choice<Choice: RawRepresentable & CaseIterable>(
    of type: Choice.Type
  ) throws(Mismatch) -> Choice where Choice.RawValue == String {
    let text = try string()
    guard let value = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue)
      let hint = Suggestion.nearest(to: text, among: words).map { "; did you mean '\($0)'?" } ?? ""
      throw Mismatch(message: "'\(text)' is not one of \(words.joined(separator: ", "))\(hint)")
    }
    return value
  }

  /// The URL of a place that artifacts go to.
  func storeURL() throws(Mismatch) -> String {
    try url(schemes: ["file", "https", "http"])
  }

  /// The URL of a server.
  func webURL() throws(Mismatch) -> String {
    try url(schemes: ["https", "http"])
  }

  /// A SHA-256 in hex, in lower case.
  func sha256() throws(Mismatch) -> String {
    let text = try string().lowercased()
    if text.utf8.count != 64 || !text.allSatisfy(\.isHexDigit) {
      throw Mismatch(message: "'\(text)' is not a SHA-256 of 64 hex digits")
    }
    return text
  }

  /// The message does not repeat the text: a URL with a password in it is one of the mistakes.
  private func url(schemes: [String]) throws(Mismatch) -> String {
    let text = try string()
    let words = schemes.map { $0 + "://" }.joined(separator: ", ")
    guard let parts = URLComponents(string: text), let scheme = parts.scheme, schemes.contains(scheme.lowercased())
    else { throw Mismatch(message: "the value is not a URL that starts with \(words)") }
    if parts.user != nil || parts.password != nil {
      throw Mismatch(message: "a URL here must not contain a user name or password; use a [secret] entry")
    }
    if scheme.lowercased() == "file" {
      if !(parts.host ?? "").isEmpty || !parts.path.hasPrefix("/") {
        throw Mismatch(message: "a file URL has three slashes and an absolute path: file:///srv/artifacts")
      }
    } else if (parts.host ?? "").isEmpty {
      throw Mismatch(message: "the URL names no host")
    }
    return text
  }
}
