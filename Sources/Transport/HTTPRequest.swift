public import JourneymanSupport

/// What a request sends.
public enum HTTPBody: Sendable {
  /// Nothing.
  case none
  /// Bytes in memory.
  case bytes([UInt8])
  /// A part of a regular file, read by `pread`; the descriptor stays open until the answer is there.
  case file(descriptor: Int32, offset: Int64, length: Int64)
}

/// Who asks. Never sent to another origin than the request's own.
public enum HTTPAuthorization: Sendable {
  /// `Authorization: Bearer …`
  case bearer(Secret)
  /// `Authorization: Basic …`
  case basic(user: String, password: Secret)
}

/// Where the content of a successful answer goes. The content of other answers is kept in memory, up to 64 KiB.
public enum HTTPSink: Sendable {
  /// Into the response, if it is no longer than so many bytes.
  case memory(limit: Int)
  /// Into a descriptor, which stays open until the answer is there: a file, or a pipe or socket that does not block, for
  /// whose reader the transfer waits.
  case descriptor(Int32, limit: Int64)
}

/// How long a request may take.
public struct HTTPTimeouts: Sendable, Hashable {
  /// Until there is a connection, name resolution and TLS included.
  public var connect: Duration
  /// Without a byte in either direction, in whole seconds; `nil` waits for ever (a long poll).
  public var idle: Duration?
  /// For everything; `nil` is no limit.
  public var total: Duration?

  /// Sets the limits.
  public init(connect: Duration = .seconds(30), idle: Duration? = .seconds(60), total: Duration? = nil) {
    self.connect = connect
    self.idle = idle
    self.total = total
  }
}

/// Which redirects are followed.
public enum RedirectPolicy: Sendable, Hashable {
  /// None: the caller gets the answer.
  case refuse
  /// Those within the same origin; another is an error.
  case sameOrigin(limit: Int)
  /// All except from https to http. Authorization, client certificate and other header fields do not go to another
  /// origin.
  case follow(limit: Int)
}

/// An HTTP request.
public struct HTTPRequest: Sendable {
  /// The method, for example `PUT`.
  public var method: String
  /// Where to.
  public var address: WebAddress
  /// Header fields beside those that the transport sets itself (`Host`, `Content-Length`, `Expect`).
  public var headers = HTTPHeaders()
  /// What to send.
  public var body = HTTPBody.none
  /// Who asks.
  public var authorization: HTTPAuthorization?
  /// Whether the server is asked (`Expect: 100-continue`) before a body is sent; it has a second to answer.
  public var expectsContinue = false
  /// Where the content of the answer goes.
  public var sink = HTTPSink.memory(limit: 1 << 20)
  /// How long it may take.
  public var timeouts = HTTPTimeouts()
  /// Which redirects are followed.
  public var redirects = RedirectPolicy.refuse

  /// A request without a body.
  public init(_ method: String, _ address: WebAddress) {
    self.method = method
    self.address = address
  }
}

/// An HTTP answer.
public struct HTTPResponse: Sendable {
  /// For example 200.
  public let status: Int
  /// The final answer's header fields.
  public let headers: HTTPHeaders
  /// The content, unless it went to a descriptor.
  public let body: [UInt8]
  /// How many bytes of content came.
  public let received: Int64
  /// Where the answer came from, after redirects.
  public let address: WebAddress

  /// Whether the status is 2xx.
  public var isSuccess: Bool { (200..<300).contains(status) }
}
