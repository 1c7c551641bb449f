import Foundation
internal import JourneymanSupport

/// What makes an address unacceptable. Anchors: git's `transport.c`, `connect.c` and the advisories named below.
extension RepositoryURL {
  static let longest = 4096

  static func refusal(_ reason: String) -> CheckoutError {
    CheckoutError(.refused, "refusing the repository URL: \(reason)")
  }

  static func hasControlCharacters(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
  }

  /// Refuses what no reading of the text can make harmless.
  static func refuseOddities(_ text: String) throws(CheckoutError) {
    if text.isEmpty { throw refusal("it is empty") }
    if text.utf8.count > longest { throw refusal("it is longer than \(longest) bytes") }
    if hasControlCharacters(text) { throw refusal("it contains a control character") }
    // Option injection, CVE-2017-1000117 and its kin.
    if text.hasPrefix("-") { throw refusal("it begins with a dash") }
    // `ext::sh -c …` runs a command, `fd::` reads a descriptor: a remote helper is never looked for.
    let helper = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    if text[helper.endIndex...].hasPrefix("::") {
      throw refusal("remote helpers such as \(helper):: are not supported")
    }
  }

  /// Refuses what ssh or a remote shell could take for an option.
  static func refuseOptions(user: String?, host: String, path: String) throws(CheckoutError) {
    if host.isEmpty { throw refusal("it names no host") }
    if host.hasPrefix("-") { throw refusal("its host begins with a dash") }
    if user?.hasPrefix("-") == true { throw refusal("its user name begins with a dash") }
    if path.hasPrefix("-") { throw refusal("its path begins with a dash") }
    let parts = [user ?? "", host]
    if parts.contains(where: { $0.contains { $0.isWhitespace || $0 == "\\" } }) || hasControlCharacters(path) {
      throw refusal("its host or user name contains white space or a backslash")
    }
  }

  /// The part before the `@` of an authority. A newline in it would be a second line for a credential helper
  /// (CVE-2020-5260).
  static func login(
    _ authority: Substring
  ) throws(CheckoutError) -> (user: String?, password: Secret?, end: Substring.Index) {
    guard let at = authority.lastIndex(of: "@") else { return (nil, nil, authority.startIndex) }
    let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var decoded: [String] = []
    for part in parts {
      guard let text = String(part).removingPercentEncoding, !hasControlCharacters(text) else {
        throw refusal("its user name or password is not readable")
      }
      decoded.append(text)
    }
    return (
      decoded.first.flatMap { $0.isEmpty ? nil : $0 }, decoded.count > 1 ? Secret(decoded[1]) : nil,
      authority.index(after: at)
    )
  }

  static func hostAndPort(_ text: Substring) throws(CheckoutError) -> (host: String, port: Int?) {
    var host = text
    var port: Substring?
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      if !rest.isEmpty && !rest.hasPrefix(":") { throw refusal("its host is not readable") }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard let decoded = String(host).removingPercentEncoding, !hasControlCharacters(decoded) else {
      throw refusal("its host is not readable")
    }
    guard let port, !port.isEmpty else { return (decoded, nil) }
    guard port.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(port), (1...65_535).contains(number) else {
      throw refusal("its port is not a number from 1 to 65535")
    }
    return (decoded, number)
  }
}
