import JourneymanActionKit

/// An `http` or `https` URL of the configuration, in which `{release}` stands for the release's name.
struct WebTemplate: Sendable {
  /// A URL to send something to.
  struct Location: Sendable {
    /// The whole of it.
    let url: String
    /// Path and query.
    let target: String
  }

  private let origin: String
  private let rest: String
  /// Whether what is sent can be read on the way: not by TLS and not to this machine itself.
  let isOpen: Bool

  /// - Throws: `PluginConfigurationError` for `key`.
  init(_ text: String, key: String) throws(PluginConfigurationError) {
    let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
    guard let scheme else { throw PluginConfigurationError(key, "must be an http or https URL") }
    if !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) || text.utf8.count > 4_000 {
      throw PluginConfigurationError(key, "must be a URL of visible ASCII without '#'; write other bytes as %XX")
    }
    let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
    if authority.isEmpty { throw PluginConfigurationError(key, "has no host") }
    if authority.contains("@") {
      throw PluginConfigurationError(key, "must not hold a login; name a secret in 'token' instead")
    }
    origin = scheme + authority
    let rest = String(text.dropFirst(origin.count))
    self.rest = rest.hasPrefix("/") ? rest : "/" + rest
    let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    isOpen = scheme == "http://" && !["localhost", "[::1]"].contains(host) && !host.hasPrefix("127.")
  }

  /// Fills the name of the release in.
  ///
  /// - Parameter file: added to a URL that ends with a slash.
  func location(release: String, file: String = "") -> Location {
    let target = rest.replacing("{release}", with: release) + (rest.hasSuffix("/") ? file : "")
    return Location(url: origin + target, target: target)
  }
}
