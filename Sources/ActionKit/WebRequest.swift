/// An HTTP request of a plugin. Nothing is compressed, no cookies are kept.
public struct WebRequest: Sendable {
  /// What a request sends.
  public enum Body: Sendable {
    /// Nothing.
    case none
    /// Bytes in memory.
    case bytes([UInt8])
    /// A whole file.
    case file(ActionFile)
  }

  /// Who asks. Never sent to another origin (scheme, host and port) than the request's own.
  public enum Authorization: Sendable {
    /// `Authorization: Bearer …`
    case bearer(PluginSecret)
    /// `Authorization: Basic …`
    case basic(user: String, password: PluginSecret)
  }

  /// Which redirects are followed.
  public enum Redirects: Sendable, Hashable {
    /// None: the plugin gets the answer.
    case none
    /// Up to ten within the same origin.
    case sameOrigin
    /// Up to ten anywhere except from https to http; authorization and header fields stay with the first origin.
    case any
  }

  /// The method, for example `PUT`.
  public var method: String
  /// An absolute `http` or `https` URL.
  public var url: String
  /// Header fields in order; a name may stand there several times.
  public var headers: [(name: String, value: String)] = []
  /// What to send.
  public var body = Body.none
  /// Who asks.
  public var authorization: Authorization?
  /// Whether the server is asked (`Expect: 100-continue`) before the body is sent.
  public var expectsContinue = false
  /// Which redirects are followed.
  public var redirects = Redirects.none
  /// The most bytes of an answer that are taken.
  public var answerLimit = 16 << 20
  /// For everything; `nil` is no limit beside one minute without a byte.
  public var timeout: Duration?

  /// A request without a body.
  public init(_ method: String, _ url: String) {
    self.method = method
    self.url = url
  }
}

/// An HTTP answer.
public struct WebResponse: Sendable {
  /// For example 200.
  public var status: Int
  /// The header fields in order.
  public var headers: [(name: String, value: String)]
  /// The content.
  public var body: [UInt8]

  /// Puts an answer together.
  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Whether the status is 2xx.
  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The first header field of a name, which is compared without regard to case.
  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }

  /// The content as text.
  public var text: String { String(decoding: body, as: UTF8.self) }
}
