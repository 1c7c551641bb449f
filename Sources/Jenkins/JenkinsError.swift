/// Why a Jenkins controller cannot be served, or a request of it not be carried out.
public struct JenkinsError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// agent.conf lacks something, or has something that cannot be used.
    public static let configuration = Code("configuration")
    /// The controller refuses this agent: going on is pointless until somebody changes something.
    public static let refused = Code("refused")
    /// The controller is there but cannot take the agent at the moment.
    public static let unavailable = Code("unavailable")
    /// What the controller sent breaks the protocol.
    public static let protocolBroken = Code("protocolBroken")
    /// The controller asks for something this agent does not have.
    public static let unsupported = Code("unsupported")
    /// The controller asks for something outside of what it may touch.
    public static let forbidden = Code("forbidden")
    /// A request failed, as it may.
    public static let failed = Code("failed")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened and what to do next, for people.
  public let message: String

  /// Describes a failure.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
