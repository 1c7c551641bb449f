public import JourneymanActionKit
public import JourneymanSandbox
public import JourneymanTransport

/// What an action may use of the build and the machine, as the host gives it.
public struct ActionSite: Sendable {
  /// Runs the build's own commands.
  public var runner: any CommandRunner
  /// Turns what a plugin asks for into a command of the build: its shell, variables and directory.
  public var command: @Sendable (ProcessRequest) throws -> Command
  /// The descriptor that receives what processes print for the log.
  public var output: Int32
  /// A private directory of the action; its subdirectories are made as they are needed.
  public var directory: String
  /// What a sandbox of the action's own is like, without directories and with the network that is granted.
  public var policy: SandboxPolicy
  /// Whether processes may be started on the machine itself.
  public var isHostGranted: Bool
  /// The host's own variables, for processes on the machine itself.
  public var hostEnvironment: [String: String]
  /// Proxy and certificate authorities; `nil` when the network is not granted.
  public var web: HTTPConfiguration?
  /// How processes are ended.
  public var teardown: [TeardownStep]

  /// Puts a site together.
  public init(
    runner: any CommandRunner, command: @escaping @Sendable (ProcessRequest) throws -> Command, output: Int32,
    directory: String, policy: SandboxPolicy, isHostGranted: Bool, hostEnvironment: [String: String],
    web: HTTPConfiguration?, teardown: [TeardownStep]
  ) {
    self.runner = runner
    self.command = command
    self.output = output
    self.directory = directory
    self.policy = policy
    self.isHostGranted = isHostGranted
    self.hostEnvironment = hostEnvironment
    self.web = web
    self.teardown = teardown
  }

  /// Where the action leaves what it makes.
  public var outputDirectory: String { directory + "/files/output" }
}

/// One action while it runs.
public struct ActionSession: Sendable {
  /// What the plugin sees.
  public let context: ActionContext
  /// What the host has for it.
  public let site: ActionSite

  /// Puts a session together.
  public init(context: ActionContext, site: ActionSite) {
    self.context = context
    self.site = site
  }
}
