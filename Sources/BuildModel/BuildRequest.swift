public import JourneymanSupport

/// Everything a worker needs to know for one build. It holds no key and no secret.
public struct BuildRequest: Sendable, Codable, Equatable {
  /// Where the source comes from.
  public enum Source: Sendable, Codable, Equatable {
    /// A directory of this machine, an absolute path. Built in a private view, or in the directory itself.
    case directory(path: String, inPlace: Bool)
    /// A repository to check out.
    case repository(url: String, ref: String?)
  }

  /// Where commands run when a job of a controller asked for the build: in that job's sandbox, through the process that
  /// asked.
  public struct Caller: Sendable, Codable, Equatable {
    /// The home directory there.
    public var home: String
    /// The name of the user there.
    public var user: String
    /// What the caller says its commit is.
    public var revision: String?
    /// Where the files that carry the build's state are there.
    public var scripts: String
    /// The user id of the job on this machine: what the worker is given to read has to be this user's.
    public var owner: UInt32
    /// What agent.conf lets the job use: the words of `allow`.
    public var allow: [String]

    /// Describes a caller.
    public init(home: String, user: String, revision: String?, scripts: String, owner: UInt32, allow: [String]) {
      self.owner = owner
      self.allow = allow
      self.home = home
      self.user = user
      self.revision = revision
      self.scripts = scripts
    }
  }

  /// The build's identifier, unique on this machine.
  public var id: String
  /// A build of a project has a number that counts up; the first is 1.
  public var number: Int
  /// The project: the base name of the directory or repository.
  public var project: String
  /// Who asked for the build: a user's name, or what a controller says.
  public var initiator: String
  /// Where the source comes from.
  public var source: Source
  /// The buildspec's path, relative to the source or absolute; `nil` is `buildspec.yml`, else `buildspec.yaml`.
  public var buildspec: String?
  /// Variables given from outside; they win over those of the buildspec.
  public var environment: [String: String] = [:]
  /// The caller's variables that a build inherits (`PATH`, `LANG`, the proxies…).
  public var inherited: [String: String] = [:]
  /// The variables of the agent's environment that agent.conf grants to plugins.
  public var pluginEnvironment: [String: String] = [:]
  /// What agent.conf and the command line say: the sandbox, time limits, stores.
  public var settings: Settings
  /// The build's private state: workspace, scripts, temporary files. Removed at the end.
  public var stateDirectory: String
  /// Where checkouts live on from build to build; `nil` checks every build's source out into its own directory.
  public var sourcesDirectory: String?
  /// Where finished artifacts and reports are put; made by the keeper.
  public var outputDirectory: String
  /// Where caches and build homes persist.
  public var cacheDirectory: String
  /// The public keys artifacts are sealed for; empty leaves them open.
  public var recipients: [String] = []
  /// Where commands run, if not in a place of the build's own.
  public var caller: Caller?
  /// The task of the batch this build is; `nil` runs the root buildspec, as a batch if it has one.
  public var batchTask: String?

  /// A request with the defaults of `journeyman run`.
  public init(
    id: String, number: Int, project: String, initiator: String, source: Source, stateDirectory: String,
    outputDirectory: String,
    cacheDirectory: String, settings: Settings
  ) {
    self.id = id
    self.number = number
    self.project = project
    self.initiator = initiator
    self.source = source
    self.stateDirectory = stateDirectory
    self.outputDirectory = outputDirectory
    self.cacheDirectory = cacheDirectory
    self.settings = settings
  }
}

extension BuildRequest {
  /// The source by the words of the request, before anything is known of its revision; without any login.
  public var sourceAsAsked: SourceRevision {
    switch source {
    case .directory(let path, _): SourceRevision(url: path)
    case .repository(let url, _): SourceRevision(url: URLLogin.removed(from: url))
    }
  }
}
