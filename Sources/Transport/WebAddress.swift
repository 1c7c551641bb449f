internal import CCurl
internal import JourneymanSupport

/// An HTTP or HTTPS URL, read by the parser that will also connect to it, so that what was checked is what is used;
/// except for one so plain that it has a single meaning.
public struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  /// What has to be the same for credentials to be sent again: scheme, host and port.
  public struct Origin: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`
    public let scheme: String
    /// In lower case.
    public let host: String
    /// The port, also when it is the scheme's usual one.
    public let port: String

    /// `https://example.org:8443`, without the port if it is the usual one.
    public var description: String {
      let isUsual = port == (scheme == "https" ? "443" : "80")
      return "\(scheme)://\(host)" + (isUsual ? "" : ":\(port)")
    }
  }

  /// The URL as it is sent. It may hold a secret in its query: show ``description`` instead.
  public let text: String
  /// Scheme, host and port.
  public let origin: Origin
  private let path: String
  private let query: String?

  /// Reads a URL.
  ///
  /// - Throws: ``TransportError`` when it is not HTTP or HTTPS, is malformed, longer than 64 KiB, or carries a user name
  ///   or password.
  public init(_ text: String) throws(TransportError) {
    if text.utf8.count > 65_536 || text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
      throw TransportError(.invalidRequest, "a URL is too long or has spaces or control characters in it")
    }
    let parts: Parts
    if let plain = PlainAddress.parts(of: text) { parts = plain } else { parts = try Self.read(text) }
    self.text = text
    origin = parts.origin
    path = parts.path
    query = parts.query
  }

  /// What an address consists of.
  struct Parts: Equatable {
    let origin: Origin
    let path: String
    let query: String?
  }

  /// What libcurl takes it for.
  static func read(_ text: String) throws(TransportError) -> Parts {
    guard let url = curl_url() else { throw TransportError(.invalidRequest, "there is no memory left") }
    defer { curl_url_cleanup(url) }
    if curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK {
      throw TransportError(.invalidRequest, "'\(redacted(text))' is not a URL of the form https://host/path")
    }
    func part(_ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(url, part, &value, flags) == CURLUE_OK, let value else { return nil }
      defer { curl_free(value) }
      return String(cString: value)
    }
    guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https",
      let host = part(CURLUPART_HOST)?.lowercased(), !host.isEmpty,
      let port = part(CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT))
    else {
      throw TransportError(.invalidRequest, "'\(redacted(text))' is not an http or https URL")
    }
    if part(CURLUPART_USER) != nil || part(CURLUPART_PASSWORD) != nil {
      throw TransportError(
        .invalidRequest, "the URL of \(host) has a user name or password in it; name a secret in agent.conf instead")
    }
    return Parts(
      origin: Origin(scheme: scheme, host: host, port: port), path: part(CURLUPART_PATH) ?? "/",
      query: part(CURLUPART_QUERY))
  }

  /// Path and query as a request line has them.
  var target: String { path + (query.map { "?" + $0 } ?? "") }

  /// The URL without its query and fragment, for people.
  public var description: String { "\(origin)\(path)" + (query == nil ? "" : "?…") }

  /// This address with a path component more, percent-encoded; a query stays.
  ///
  /// - Throws: ``TransportError`` when the result is too long.
  public func appending(_ component: String) throws(TransportError) -> WebAddress {
    let encoded = PercentEncoding.encode(component, keeping: "/")
    let end = text.firstIndex { $0 == "?" || $0 == "#" } ?? text.endIndex
    let head = text[..<end]
    return try WebAddress(head + (head.hasSuffix("/") ? "" : "/") + encoded + text[end...])
  }

  /// What can be said of a text that is no URL: nothing of a query or of what stands before an `@`.
  private static func redacted(_ text: String) -> String {
    let head = text.prefix { $0 != "?" && $0 != "#" }.prefix(200)
    guard let at = head.lastIndex(of: "@") else { return String(head) }
    return "…" + head[at...]
  }
}
