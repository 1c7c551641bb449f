/// A request that got no answer.
///
/// A status such as 404 is an answer, not an error. Messages name hosts and paths; user names, passwords and queries of
/// URLs never appear in them.
public struct TransportError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The URL, a header or an option cannot be used.
    public static let invalidRequest = Code("invalidRequest")
    /// The host or proxy has no address.
    public static let cannotResolve = Code("cannotResolve")
    /// No connection came about, also not within the time allowed for it.
    public static let cannotConnect = Code("cannotConnect")
    /// The server's certificate is not trusted, ours was refused, or TLS failed otherwise.
    public static let insecure = Code("insecure")
    /// The whole exchange took longer than allowed.
    public static let timedOut = Code("timedOut")
    /// Nothing moved for longer than allowed.
    public static let stalled = Code("stalled")
    /// The connection broke, or what came over it was not HTTP.
    public static let connectionLost = Code("connectionLost")
    /// The answer is larger than allowed.
    public static let tooLarge = Code("tooLarge")
    /// The server redirects to where the request must not go.
    public static let redirectRefused = Code("redirectRefused")
    /// What is to be sent could not be read.
    public static let unreadableBody = Code("unreadableBody")
    /// What was received could not be written.
    public static let unwritableSink = Code("unwritableSink")
    /// The client was shut down.
    public static let shutDown = Code("shutDown")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened, with which host, and what to do next, for people.
  public let message: String
  /// The error beneath, if there is one.
  public let underlying: (any Error)?

  /// Describes a failure.
  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  /// The message.
  public var description: String { message }
}
