internal import CCurl

/// An HTTP or HTTPS URL, read by the parser that will also connect to it, so that what was checked is what is used.
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
    guard let url = curl_url() else { throw TransportError(.invalidRequest, "there is no memory left") }
    defer { curl_url_cleanup(url) }
    if curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK {
      throw TransportError(.invalidRequest, "'\(Self.redacted(text))' is not a URL of the form https://host/path")
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
      throw TransportError(.invalidRequest, "'\(Self.redacted(text))' is not an http or https URL")
    }
    if part(CURLUPART_USER) != nil || part(CURLUPART_PASSWORD) != nil {
      throw TransportError(
        .invalidRequest, "the URL of \(host) has a user name or password in it; name a secret in agent.conf instead")
    }
    self.text = text
    origin = Origin(scheme: scheme, host: host, port: port)
    path = part(CURLUPART_PATH) ?? "/"
    query = part(CURLUPART_QUERY)
  }

  /// Path and query as a request line has them.
  var target: String { path + (query.map { "?" + $0 } ?? "") }

  /// The URL without its query and fragment, for people.
  public var description: String { "\(origin)\(path)" + (query == nil ? "" : "?…") }

  /// This address with a path component more, percent-encoded; a query stays.
  ///
  /// - Throws: ``TransportError`` when the result is too long.
  public func appending(_ component: String) throws(TransportError) -> WebAddress {
    let encoded = Self.percentEncoded(component)
    let end = text.firstIndex { $0 == "?" || $0 == "#" } ?? text.endIndex
    let head = text[..<end]
    return try WebAddress(head + (head.hasSuffix("/") ? "" : "/") + encoded + text[end...])
  }

  /// A path in which everything but letters, digits, `-._~` and slashes is written as `%XX`.
  public static func percentEncoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var written: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        written.append(byte)
      default:
        written += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: written, as: UTF8.self)
  }

  /// What can be said of a text that is no URL: nothing of a query or of what stands before an `@`.
  private static func redacted(_ text: String) -> String {
    let head = text.prefix { $0 != "?" && $0 != "#" }.prefix(200)
    guard let at = head.lastIndex(of: "@") else { return String(head) }
    return "…" + head[at...]
  }
}
