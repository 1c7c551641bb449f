/// What a caller inside a job asks of the agent, in the first message of a connection.
///
/// Two descriptors come with it: a socket for ``RoomOrder``s, and the directory of ``scripts``.
public struct JobRequest: Codable, Sendable {
  /// What the caller's standard output shows.
  public enum Display: String, Codable, Sendable {
    /// A report for people.
    case people
    /// Problems and the last line.
    case quiet
    /// One event per line.
    case json
  }

  /// The directory to build, absolute, as the job sees it.
  public var directory: String
  /// What the caller says its commit is; nobody vouches for it.
  public var revision: String?
  /// The buildspec's path, relative to the directory; `nil` is the default one.
  public var buildspec: String?
  /// Variables given from outside; they win over those of the buildspec.
  public var environment: [String: String] = [:]
  /// The caller's own variables.
  public var variables: [String: String] = [:]
  /// The public keys that artifacts are sealed for; none leaves the choice to the agent.
  public var recipients: [String] = []
  /// Whether artifacts are sealed.
  public var isSealed = true
  /// What standard output shows.
  public var display = Display.people
  /// How long the build may take at most, in seconds, if that is less than the agent allows.
  public var timeoutSeconds: Double?
  /// The directory of the files that carry a build's state, absolute, as the job sees it.
  public var scripts: String
  /// Where the caller puts what comes out, for what people read.
  public var output: String

  /// A request with the defaults.
  public init(directory: String, scripts: String, output: String) {
    self.directory = directory
    self.scripts = scripts
    self.output = output
  }
}

/// What the caller says while the build runs.
public enum JobOrder: String, Codable, Sendable {
  /// To stop; said twice, at once.
  case stop
}

/// What the agent's side tells the caller.
public enum JobNews: Codable, Sendable {
  /// The build begins: the ends to read its standard output and standard error from come with it. What the caller writes
  /// to is never in the hands of the agent, which could write where the caller cannot.
  case began
  /// A file of what came out, by its path in the output directory; a descriptor to read it from comes with it.
  case file(String)
  /// The build is over. The last message.
  case ended(status: Int32)
}

/// What the worker asks the caller to do in the job's sandbox.
public enum RoomOrder: Codable, Sendable {
  /// Start a command. Its standard descriptors come with it: those that it has, in their order.
  case run(Int, RoomCommand)
  /// Tear a command down.
  case cancel(Int)
  /// Open a directory.
  case open(Int, path: String)
}

/// A command as it travels: `Command` without the descriptors.
public struct RoomCommand: Codable, Sendable {
  /// The program's absolute path.
  public var executable: String
  /// The arguments after the program's own name.
  public var arguments: [String]
  /// The whole environment.
  public var environment: [String: String]
  /// The absolute working directory.
  public var directory: String
  /// The user to run as.
  public var user: String?
  /// How long it may run, in seconds.
  public var timeoutSeconds: Double?
  /// How long it may go on after `SIGTERM`, in seconds, for each such step.
  public var graceSeconds: [Double]
  /// Which of standard input, output and error come with it.
  public var standard: [Bool]
}

/// What the caller answers. Nothing of it is to be trusted more than what the job prints.
public enum RoomAnswer: Codable, Sendable {
  /// Why a command ended.
  public enum Ending: String, Codable, Sendable {
    case natural, timedOut, cancelled
  }

  /// A command has ended: its exit status, or the negative number of its signal.
  case ended(Int, status: Int32, Ending, wallSeconds: Double, cpuSeconds: Double, peakMemory: Int64)
  /// What was asked for could not be done.
  case failed(Int, code: String, message: String)
  /// The directory is open; its descriptor comes with it.
  case opened(Int)
}
