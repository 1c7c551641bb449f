/// A command or sandbox that could not be started or kept.
public struct SandboxError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The program of a command does not exist or may not be executed.
    public static let cannotExecute = Code("cannotExecute")
    /// The machine cannot do what the configured mode promises.
    public static let unsupported = Code("unsupported")
    /// The user to run as does not exist or may not be taken on.
    public static let cannotBecomeUser = Code("cannotBecomeUser")
    /// The runner was ended, or its supervising process died.
    public static let ended = Code("ended")
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
