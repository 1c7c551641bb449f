/// What a plugin has while it runs an action: the build, its files, and what was granted. Nothing else is its business.
public struct ActionContext: Sendable {
  /// The action's name in the buildspec.
  public let name: String
  /// The build that the action belongs to.
  public let build: BuildDescription
  /// The files of the build.
  public let workspace: WorkspaceFiles
  /// A private directory for what the action makes; artifacts and reports are taken from it, the rest is removed.
  public let output: OutputFiles
  /// The variables of the agent's environment that the manifest wants and agent.conf grants, and the outputs of earlier
  /// actions as `ACTION_<NAME>_<KEY>`.
  public let environment: [String: String]
  /// The secrets that the action names.
  public let secrets: PluginSecrets
  /// The artifacts that the build has made so far.
  public let artifacts: [ArtifactDescription]
  /// Whether agent.conf lets the plugin work on the machine itself; see ``requireHost(_:)``.
  public let isHostGranted: Bool

  private let services: any ActionServices

  /// Puts a context together; for those that host plugins and for tests.
  public init(
    name: String, build: BuildDescription, workspace: WorkspaceFiles, output: OutputFiles,
    environment: [String: String] = [:], secrets: PluginSecrets = PluginSecrets([:]),
    artifacts: [ArtifactDescription] = [], isHostGranted: Bool = false, services: any ActionServices
  ) {
    self.name = name
    self.build = build
    self.workspace = workspace
    self.output = output
    self.environment = environment
    self.secrets = secrets
    self.artifacts = artifacts
    self.isHostGranted = isHostGranted
    self.services = services
  }

  /// Says something in the build's log.
  public func log(_ text: String, _ level: ActionLogLevel = .info) { services.log(text, level) }

  /// Says how far something has come.
  ///
  /// - Parameters:
  ///   - text: what is counted.
  ///   - done: how many are done.
  ///   - total: how many there are; 0 when unknown.
  public func progress(_ text: String, done: Int64, total: Int64 = 0) {
    services.progress(text, done: done, total: total)
  }

  /// Starts a process and waits for its end.
  ///
  /// - Throws: ``PluginError`` when it could not be started or is not granted; `CancellationError` when the action is
  ///   ended. A process that fails is a result.
  public func run(_ process: ProcessRequest) async throws -> ProcessResult { try await services.run(process) }

  /// Runs a command line as the buildspec's commands are run: by the build's shell, in the build's sandbox, with its
  /// variables; what it prints goes into the build's log.
  ///
  /// - Throws: as ``run(_:)``.
  public func shell(_ command: String, timeout: Duration? = nil) async throws -> ProcessResult {
    try await run(ProcessRequest(shell: command, timeout: timeout))
  }

  /// Sends an HTTP request with the proxy and certificate authorities of agent.conf.
  ///
  /// - Throws: ``PluginError`` when there is no answer or the network is not granted. An answer of any status is a result.
  public func send(_ request: WebRequest) async throws -> WebResponse { try await services.send(request) }

  /// Asks somebody to decide: on the terminal of `journeyman run`, by a decision file or a command of agent.conf.
  ///
  /// - Returns: the decision; a refusal when nobody decided in time.
  public func decide(_ question: DecisionQuestion) async throws -> Decision { try await services.decide(question) }

  /// Makes sure that agent.conf lets the plugin work on the machine itself.
  ///
  /// - Parameter purpose: what for, as in `deploying to this machine`.
  /// - Throws: ``PluginError`` that says what to add to agent.conf.
  public func requireHost(plugin: String, _ purpose: String) throws(PluginError) {
    if isHostGranted { return }
    throw PluginError(
      .notGranted,
      "\(purpose) is outside every sandbox and has to be allowed: add [plugin \"\(plugin)\"] host = true to agent.conf")
  }
}

/// How much a line of the log matters.
public enum ActionLogLevel: String, Sendable, Hashable, Codable {
  /// What is going on.
  case info
  /// Something the author of the build should look at.
  case warning
  /// Why something failed.
  case error
}

/// The build that an action belongs to.
public struct BuildDescription: Sendable, Hashable, Codable {
  /// The build's identifier, unique on its machine.
  public var id: String
  /// Counts up from 1 for each project.
  public var number: Int
  /// The project's name.
  public var project: String
  /// The repository's URL without credentials, or the directory's path.
  public var source: String
  /// The commit id, if there is one.
  public var revision: String?
  /// Whether nothing has failed so far.
  public var isSucceeding: Bool

  /// Describes a build.
  public init(
    id: String, number: Int, project: String, source: String, revision: String? = nil, isSucceeding: Bool = true
  ) {
    self.id = id
    self.number = number
    self.project = project
    self.source = source
    self.revision = revision
    self.isSucceeding = isSucceeding
  }
}

/// An artifact that the build has made.
public struct ArtifactDescription: Sendable, Hashable, Codable {
  /// Its name.
  public var identifier: String
  /// The file, relative to the build's output directory.
  public var file: String
  /// Its size in bytes.
  public var bytes: Int64
  /// Its SHA-256 in hex.
  public var sha256: String?
  /// Whether it is sealed.
  public var sealed: Bool

  /// Describes an artifact.
  public init(identifier: String, file: String, bytes: Int64, sha256: String?, sealed: Bool) {
    self.identifier = identifier
    self.file = file
    self.bytes = bytes
    self.sha256 = sha256
    self.sealed = sealed
  }
}
