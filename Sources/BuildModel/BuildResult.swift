public import JourneymanSupport

/// How a build ended.
public enum BuildStatus: String, Sendable, Codable {
  /// Every phase and action succeeded.
  case succeeded
  /// A phase or an action failed.
  case failed
  /// The build's time was up.
  case timedOut
  /// Somebody stopped it.
  case stopped
  /// The agent, the machine or the worker failed, not the build.
  case fault
}

/// The whole outcome of a build: the content of `result.json`, schema 1.
public struct BuildResult: Sendable, Hashable, Codable {
  /// The version of this format.
  public var schema = 1
  /// The build's identifier, unique on this machine.
  public var id: String
  /// How it ended.
  public var status: BuildStatus
  /// When it began.
  public var startedAt: Timestamp
  /// When it ended.
  public var finishedAt: Timestamp
  /// What was built.
  public var source: SourceRevision
  /// The phases that were entered, in order.
  public var phases: [PhaseResult] = []
  /// The actions that ran, in order.
  public var actions: [ActionResult] = []
  /// The artifacts that were made.
  public var artifacts: [ArtifactResult] = []
  /// Test and coverage reports.
  public var reports: [ReportResult] = []
  /// Values of the buildspec's `exported-variables`.
  public var exportedVariables: [String: String] = [:]
  /// The tasks of a batch build; absent for a single build.
  public var batch: [BatchTaskResult]?
  /// The buildspec that was obeyed; absent when the build ended before it was read.
  public var buildspec: BuildspecRevision?

  /// A result without phases yet.
  public init(
    id: String, status: BuildStatus, startedAt: Timestamp, finishedAt: Timestamp, source: SourceRevision
  ) {
    self.id = id
    self.status = status
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.source = source
  }
}

/// Which buildspec was obeyed.
public struct BuildspecRevision: Sendable, Hashable, Codable {
  /// Its path, relative to the source.
  public var path: String
  /// The SHA-256 of its bytes in hex.
  public var sha256: String

  /// Names a buildspec.
  public init(path: String, sha256: String) {
    self.path = path
    self.sha256 = sha256
  }
}

/// Where the source came from and what exactly it was.
public struct SourceRevision: Sendable, Hashable, Codable {
  /// The repository's URL without credentials, or the directory's path.
  public var url: String
  /// The commit id; `nil` for a directory that is no repository.
  public var revision: String?

  /// A source and its revision.
  public init(url: String, revision: String? = nil) {
    self.url = url
    self.revision = revision
  }

  /// Writes both fields, an absent revision as `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(url, forKey: .url)
    try container.encode(revision, forKey: .revision)
  }
}

/// One phase that was entered.
public struct PhaseResult: Sendable, Hashable, Codable {
  /// The phase.
  public var name: BuildPhase
  /// How it ended.
  public var status: PhaseStatus
  /// When it began.
  public var startedAt: Timestamp
  /// Its length in seconds.
  public var durationSeconds: Double
  /// Why it ended so; empty after success.
  public var context: [PhaseContext]

  /// A phase's outcome.
  public init(
    name: BuildPhase, status: PhaseStatus, startedAt: Timestamp, durationSeconds: Double, context: [PhaseContext]
  ) {
    self.name = name
    self.status = status
    self.startedAt = startedAt
    self.durationSeconds = durationSeconds
    self.context = context
  }
}

/// One entry of `actions:` that was carried out or skipped.
public struct ActionResult: Sendable, Hashable, Codable {
  /// How an action ended.
  public enum Status: String, Sendable, Codable {
    /// It did what it was asked.
    case succeeded
    /// It did not, and the build failed by it.
    case failed
    /// Its `when` did not hold.
    case skipped
  }

  /// The action's name in the buildspec.
  public var name: String
  /// The plugin's name.
  public var uses: String
  /// How it ended.
  public var status: Status
  /// A sentence for people.
  public var message: String
  /// What later phases and actions see as `ACTION_<NAME>_<KEY>`.
  public var outputs: [String: String]

  /// An action's outcome.
  public init(name: String, uses: String, status: Status, message: String, outputs: [String: String] = [:]) {
    self.name = name
    self.uses = uses
    self.status = status
    self.message = message
    self.outputs = outputs
  }
}

/// One artifact in the output directory.
public struct ArtifactResult: Sendable, Hashable, Codable {
  /// The artifact's name: its buildspec name, the secondary identifier, or `artifacts`.
  public var identifier: String
  /// The file or folder, relative to the output directory.
  public var file: String
  /// The size in bytes as stored; of all files together for a folder.
  public var bytes: Int64
  /// The SHA-256 of the stored file in hex; `nil` for a folder.
  public var sha256: String?
  /// Whether the file is an age envelope.
  public var sealed: Bool
  /// The public keys that can open it.
  public var recipients: [String]
  /// The size in bytes before sealing; `nil` for a folder.
  public var plainBytes: Int64?
  /// The SHA-256 before sealing in hex; `nil` for a folder.
  public var plainSHA256: String?
  /// The store in agent.conf this copy is for; `nil` for the one in the output directory.
  public var store: String?

  /// An artifact's description.
  public init(
    identifier: String, file: String, bytes: Int64, sha256: String?, sealed: Bool = false, recipients: [String] = []
  ) {
    self.identifier = identifier
    self.file = file
    self.bytes = bytes
    self.sha256 = sha256
    self.sealed = sealed
    self.recipients = recipients
  }
}

/// One task of a batch build.
public struct BatchTaskResult: Sendable, Hashable, Codable {
  /// The task's identifier in the buildspec.
  public var identifier: String
  /// How it ended; `nil` when it was never started, because a task it depends on failed or the batch was ended first.
  public var status: BuildStatus?
  /// Whether its failure leaves the batch succeeding.
  public var ignoreFailure: Bool
  /// The task's own output directory, relative to the batch's; `nil` when it was never started.
  public var output: String?

  /// A task's outcome.
  public init(identifier: String, status: BuildStatus?, ignoreFailure: Bool, output: String?) {
    self.identifier = identifier
    self.status = status
    self.ignoreFailure = ignoreFailure
    self.output = output
  }
}
