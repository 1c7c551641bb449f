/// Why a build inside a controller's job could not be carried out.
public struct JobError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The agent that runs the job cannot be reached, or has gone.
    public static let agentLost = Code("agentLost")
    /// agent.conf does not allow it, or it is not possible inside a job.
    public static let refused = Code("refused")
    /// A system call failed.
    public static let system = Code("system")
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
