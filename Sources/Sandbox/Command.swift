/// One process to start: what to execute, with what, where and for how long.
public struct Command: Sendable {
  /// The program's absolute path, as the command itself sees the file system.
  public var executable: String
  /// The arguments after the program's own name.
  public var arguments: [String]
  /// The whole environment: nothing is inherited.
  public var environment: [String: String]
  /// The absolute working directory, as the command itself sees the file system.
  public var directory: String
  /// The user to run as, by name or number, looked up where the command runs; `nil` is the build's own user.
  public var user: String?
  /// A descriptor to read standard input from, borrowed from the caller; `nil` is `/dev/null`.
  public var standardInput: Int32?
  /// A descriptor that receives standard output, borrowed from the caller; `nil` is `/dev/null`.
  public var standardOutput: Int32?
  /// A descriptor that receives standard error, borrowed from the caller; `nil` is `/dev/null`.
  public var standardError: Int32?
  /// How long it may run before it is torn down; `nil` is for ever.
  public var timeout: Duration?
  /// How it is ended when the time is up or the calling task is cancelled.
  public var teardown: [TeardownStep]

  /// Describes a process.
  public init(
    executable: String, arguments: [String] = [], environment: [String: String] = [:], directory: String = "/",
    user: String? = nil, standardInput: Int32? = nil, standardOutput: Int32? = nil, standardError: Int32? = nil,
    timeout: Duration? = nil, teardown: [TeardownStep] = TeardownStep.standard
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.user = user
    self.standardInput = standardInput
    self.standardOutput = standardOutput
    self.standardError = standardError
    self.timeout = timeout
    self.teardown = teardown
  }
}

/// One step of ending a process; a sequence of steps is an escalation that tests can read.
public enum TeardownStep: Sendable, Hashable {
  /// Sends `SIGTERM` to the command's processes and waits so long for them before the next step.
  case terminate(after: Duration)
  /// Sends `SIGKILL`. Always implied at the end of a sequence.
  case kill

  /// `SIGTERM`, ten seconds of grace, `SIGKILL`.
  public static let standard: [TeardownStep] = [.terminate(after: .seconds(10)), .kill]
}

/// How a process ended.
public enum ExitStatus: Sendable, Hashable {
  /// It returned from `main` or called `exit`, with this status from 0 to 255.
  case exited(Int32)
  /// This signal ended it.
  case signaled(Int32)

  /// The number a shell would report: the exit status, or 128 plus the signal.
  public var shellStatus: Int32 {
    switch self {
    case .exited(let status): status
    case .signaled(let signal): 128 + signal
    }
  }
}

/// What a process and the children it waited for have used.
public struct ResourceUse: Sendable, Hashable {
  /// Wall-clock time from start to end.
  public var wall: Duration
  /// Processor time in user and kernel mode.
  public var cpu: Duration
  /// The largest resident set of any one process, in bytes.
  public var peakMemory: Int64

  /// Collects figures.
  public init(wall: Duration = .zero, cpu: Duration = .zero, peakMemory: Int64 = 0) {
    self.wall = wall
    self.cpu = cpu
    self.peakMemory = peakMemory
  }
}

/// The end of a command.
public struct CommandResult: Sendable, Hashable {
  /// Why it ended.
  public enum Ending: Sendable, Hashable {
    /// By itself.
    case natural
    /// Its time was up.
    case timedOut
    /// The calling task was cancelled.
    case cancelled
    /// A limit of the sandbox ended it; the sentence says which, for the log.
    case limit(String)
  }

  /// The exit status or signal.
  public var status: ExitStatus
  /// Why it ended.
  public var ending: Ending
  /// What it used.
  public var resources: ResourceUse

  /// Puts a result together.
  public init(status: ExitStatus, ending: Ending = .natural, resources: ResourceUse = ResourceUse()) {
    self.status = status
    self.ending = ending
    self.resources = resources
  }
}
