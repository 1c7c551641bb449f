import JourneymanActionKit

/// A machine to deploy to: `[user@]host[:port]`, with `[…]` around an IPv6 address that a port follows.
struct HostAddress: Sendable, Hashable {
  let user: String?
  let host: String
  let port: Int?

  /// What messages call the machine.
  var name: String {
    guard let port else { return host }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Reads an address. A name that `ssh` could take for an option, or that a shell could take for anything but a name,
  /// is refused.
  ///
  /// - Throws: `PluginConfigurationError` for `key`.
  init(_ text: String, key: String, defaultPort: Int?) throws(PluginConfigurationError) {
    func refusal(_ sentence: String) -> PluginConfigurationError {
      PluginConfigurationError(key, "'\(text.prefix(100).filter { !$0.isNewline })' \(sentence)")
    }
    var rest = text[...]
    if let at = rest.lastIndex(of: "@") {
      user = try Self.user(String(rest[..<at]), key: key)
      rest = rest[rest.index(after: at)...]
    } else {
      user = nil
    }
    var number: Substring?
    if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
      let after = rest[rest.index(after: end)...]
      if !after.isEmpty && !after.hasPrefix(":") { throw refusal("is no host") }
      number = after.isEmpty ? nil : after.dropFirst()
      rest = rest[rest.index(after: rest.startIndex)..<end]
    } else if rest.count(where: { $0 == ":" }) == 1, let colon = rest.firstIndex(of: ":") {
      number = rest[rest.index(after: colon)...]
      rest = rest[..<colon]
    }
    if let number {
      guard let value = Int(number), (1...65_535).contains(value) else { throw refusal("has no port of 1 to 65535") }
      port = value
    } else {
      port = defaultPort
    }
    host = String(rest)
    let isName = host.utf8.allSatisfy { Self.isLetterOrDigit($0) || "._-:".utf8.contains($0) }
    if host.isEmpty || host.utf8.count > 253 || !isName { throw refusal("is no host name or address") }
    if host.hasPrefix("-") { throw refusal("begins with a hyphen, as options do") }
  }

  /// Checks the name of a user.
  ///
  /// - Throws: `PluginConfigurationError` for `key`.
  static func user(_ text: String, key: String) throws(PluginConfigurationError) -> String {
    let isName = text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    if text.isEmpty || text.utf8.count > 64 || !isName || text.hasPrefix("-") {
      throw PluginConfigurationError(key, "'\(text.prefix(64).filter { !$0.isNewline })' is no user name")
    }
    return text
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
  }
}
