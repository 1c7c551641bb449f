/// What a build consists of, as its buildspec says: the AWS CodeBuild format, versions 0.1 and 0.2, and one extension,
/// the list of ``actions``.
///
/// Values are literal: variables such as `$VERSION` are expanded by whoever uses a value, in the build's own shell.
public struct Buildspec: Sendable, Equatable {
  /// The edition of the format.
  public enum Version: String, Sendable, Equatable {
    /// Each command has a shell of its own; nothing carries over.
    case v01 = "0.1"
    /// Directory and variables carry over from command to command.
    case v02 = "0.2"
  }

  /// The largest buildspec that is read, in bytes.
  public static let largestFile = YAMLLimits().bytes

  /// The edition of the format. Unknown numbers, such as 1 or 2.0, are read as 0.2 with a warning.
  public var version: Version
  /// The Linux user that commands run as, if not the build's own; a phase may name another.
  public var runAs: String?
  /// Variables and secrets of the build.
  public var environment: Environment
  /// What goes through an explicit proxy server.
  public var proxy: Proxy
  /// The builds this one is made of, if it is a batch.
  public var batch: Batch?
  /// The phases that are written down. All four are entered, also those that are absent.
  public var phases: [Phase.Name: Phase]
  /// The groups of test or coverage reports, in the file's order.
  public var reports: [ReportGroup]
  /// What the build hands over.
  public var artifacts: Artifacts
  /// What is kept from one build to the next.
  public var cache: Cache?
  /// The action plugins to run, in the file's order.
  public var actions: [ActionEntry]

  /// Makes a buildspec; everything but the version is empty unless given.
  public init(
    version: Version, runAs: String? = nil, environment: Environment = Environment(), proxy: Proxy = Proxy(),
    batch: Batch? = nil, phases: [Phase.Name: Phase] = [:], reports: [ReportGroup] = [],
    artifacts: Artifacts = Artifacts(), cache: Cache? = nil, actions: [ActionEntry] = []
  ) {
    self.version = version
    self.runAs = runAs
    self.environment = environment
    self.proxy = proxy
    self.batch = batch
    self.phases = phases
    self.reports = reports
    self.artifacts = artifacts
    self.cache = cache
    self.actions = actions
  }
}

extension Buildspec {
  /// What goes through an explicit proxy server (`proxy`).
  public struct Proxy: Sendable, Equatable {
    /// Whether artifacts are uploaded through it.
    public var uploadsArtifacts: Bool
    /// Whether logs are sent through it.
    public var sendsLogs: Bool

    /// Makes proxy settings; both are off unless given.
    public init(uploadsArtifacts: Bool = false, sendsLogs: Bool = false) {
      self.uploadsArtifacts = uploadsArtifacts
      self.sendsLogs = sendsLogs
    }
  }
}
