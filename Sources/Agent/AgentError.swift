/// Why the agent cannot serve.
public struct AgentError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// agent.conf is wrong, or asks for something this version does not have.
    public static let configuration = Code("configuration")
    /// No agent runs that could be asked.
    public static let notRunning = Code("notRunning")
    /// A program that belongs to the agent is missing.
    public static let program = Code("program")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened and what to do next, for people.
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
