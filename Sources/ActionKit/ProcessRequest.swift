/// A process that a plugin wants to have started.
public struct ProcessRequest: Sendable, Hashable, Codable {
  /// Where it runs.
  public enum Place: String, Sendable, Hashable, Codable {
    /// In the build's sandbox, with the build's variables and files, as a command of a phase.
    case build
    /// In a sandbox of the action's own, in which its output directory is writable and the network is what the plugin
    /// was granted; nothing of the build can see it. For tools that need a secret, such as `ssh`.
    case own
    /// On the machine itself, outside every sandbox. Needs `[plugin "NAME"] host = true`.
    case host
  }

  /// Where what it prints goes.
  public enum Printing: Sendable, Hashable, Codable {
    /// Into the build's log.
    case log
    /// Into the result, at most so many bytes of standard output; standard error goes into the log.
    case capture(limit: Int)
    /// Nowhere.
    case discard
  }

  /// What it is.
  public enum Program: Sendable, Hashable, Codable {
    /// A program, looked for on the search path of the place unless its path is absolute, and its arguments.
    case program(String, [String])
    /// A command line for the shell.
    case shell(String)
  }

  /// What to start.
  public var program: Program
  /// Where it runs.
  public var place: Place
  /// Variables beside those of the place.
  public var environment: [String: String]
  /// The working directory: absolute, or relative to the workspace (`build`) or the output directory (otherwise).
  public var directory: String?
  /// What it reads from standard input.
  public var standardInput: [UInt8]
  /// Where what it prints goes.
  public var printing: Printing
  /// How long it may take, in seconds; `nil` is as long as the action.
  public var timeoutSeconds: Double?
  /// The user to run as, by name or number, where the place has several; `nil` is its own.
  public var user: String?

  /// A program with arguments.
  public init(
    _ program: String, _ arguments: [String] = [], place: Place = .build, environment: [String: String] = [:],
    directory: String? = nil, standardInput: [UInt8] = [], printing: Printing = .log, timeout: Duration? = nil
  ) {
    self.init(
      .program(program, arguments), place: place, environment: environment, directory: directory,
      standardInput: standardInput, printing: printing, timeout: timeout)
  }

  /// A command line for the shell.
  public init(
    shell command: String, place: Place = .build, environment: [String: String] = [:], directory: String? = nil,
    standardInput: [UInt8] = [], printing: Printing = .log, timeout: Duration? = nil
  ) {
    self.init(
      .shell(command), place: place, environment: environment, directory: directory, standardInput: standardInput,
      printing: printing, timeout: timeout)
  }

  private init(
    _ program: Program, place: Place, environment: [String: String], directory: String?, standardInput: [UInt8],
    printing: Printing, timeout: Duration?
  ) {
    self.program = program
    self.place = place
    self.environment = environment
    self.directory = directory
    self.standardInput = standardInput
    self.printing = printing
    timeoutSeconds = timeout.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 }
  }
}

/// The end of a process.
public struct ProcessResult: Sendable, Hashable, Codable {
  /// The exit status as a shell reports it: 128 plus the signal for a process that a signal ended.
  public var exitCode: Int32
  /// Whether it was ended because its time was up.
  public var timedOut: Bool
  /// How long it took, in seconds.
  public var durationSeconds: Double
  /// What it printed, if that was captured.
  public var output: [UInt8]
  /// Whether it printed more than was captured.
  public var isOutputCut: Bool

  /// Puts a result together.
  public init(
    exitCode: Int32, timedOut: Bool = false, durationSeconds: Double = 0, output: [UInt8] = [],
    isOutputCut: Bool = false
  ) {
    self.exitCode = exitCode
    self.timedOut = timedOut
    self.durationSeconds = durationSeconds
    self.output = output
    self.isOutputCut = isOutputCut
  }

  /// Whether it ended with status 0.
  public var isSuccess: Bool { exitCode == 0 && !timedOut }
}
