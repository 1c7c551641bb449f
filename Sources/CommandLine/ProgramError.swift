/// An error that knows the exit status a program ends with. Its description is what people read; every other error
/// ends a program with ``ProgramStatus/infrastructure``.
public protocol ProgramError: Error {
  /// The exit status of the process.
  var programStatus: ProgramStatus { get }
}

/// An error that a command ends with: what people read, and the exit status scripts see.
public struct CommandFailure: ProgramError, CustomStringConvertible {
  /// The exit status of the process.
  public let programStatus: ProgramStatus
  /// What happened and what to do next.
  public let message: String

  /// Ends a command.
  public init(_ status: ProgramStatus, _ message: String) {
    programStatus = status
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
