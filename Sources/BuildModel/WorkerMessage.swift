/// What a keeper tells its worker.
public enum KeeperMessage: Sendable, Codable {
  /// Carry this build out. Sent once, first.
  case start(BuildRequest)
  /// The answer to ``WorkerMessage/announce(_:)`` and ``WorkerMessage/stage(_:)``: the event stands in the log, or the
  /// stage in the journal; what it announces may begin.
  case proceed
  /// The answer to ``WorkerMessage/secretsNeeded(_:)``: the values, in the order of the references.
  case secrets([String])
  /// The answer to ``WorkerMessage/decisionNeeded(_:)``.
  case decision(BuildDecision)
  /// A secret could not be resolved or is not granted; the sentence is for people.
  case secretsRefused(String)
  /// End the build by its teardown steps, then report the result.
  case stop
  /// The build's time is up: as `stop`, reported as timed out.
  case timeOut
  /// A limit that the keeper watches is exceeded, as the sentence says: as `stop`, reported as failed.
  case limitExceeded(String)
  /// Kill every process of the build now, then report the result.
  case kill
}

/// What a worker tells its keeper.
public enum WorkerMessage: Sendable, Codable {
  /// Something happened. The keeper gives it its sequence number and time.
  case event(BuildEvent.Kind)
  /// As ``event(_:)``, and the worker waits for ``KeeperMessage/proceed``: output that follows must stand behind it.
  case announce(BuildEvent.Kind)
  /// A step with artifacts begins; the worker waits for ``KeeperMessage/proceed``.
  case stage(ArtifactStage)
  /// The buildspec refers to these secrets; the worker waits for the answer.
  case secretsNeeded([SecretReference])
  /// An action asks somebody to decide; the worker waits for the answer and may say other things meanwhile.
  case decisionNeeded(BuildQuestion)
  /// The buildspec holds a batch: the keeper runs its tasks, each in a worker of its own. The last message.
  case batch(BatchPlan)
  /// The build is over. The last message.
  case finished(BuildResult)
}

/// A secret that a buildspec refers to: what stands in `env.parameter-store` or `env.secrets-manager`.
public struct SecretReference: Sendable, Hashable, Codable {
  /// Which kind of reference it is.
  public enum Kind: String, Sendable, Codable {
    /// `env.parameter-store`
    case parameterStore
    /// `env.secrets-manager`
    case secretsManager
    /// The passphrase of the key that sources are fetched with
    case checkout
    /// `secrets:` of an action
    case action
  }

  /// Which kind of reference it is.
  public var kind: Kind
  /// The name of the `[secret "NAME"]` entry in agent.conf: the parameter's name or the secret's id.
  public var name: String
  /// The key of a JSON object in the secret's value whose value is wanted; `nil` for the whole value.
  public var jsonKey: String?

  /// A reference by kind and name.
  public init(kind: Kind, name: String, jsonKey: String? = nil) {
    self.kind = kind
    self.name = name
    self.jsonKey = jsonKey
  }
}

/// The tasks of a batch build, matrices expanded, in the order of the buildspec.
public struct BatchPlan: Sendable, Codable, Equatable {
  /// Whether the first failure ends the tasks that run and keeps the others from starting.
  public var failFast: Bool
  /// The tasks.
  public var tasks: [Task]

  /// A plan of tasks.
  public init(failFast: Bool, tasks: [Task]) {
    self.failFast = failFast
    self.tasks = tasks
  }

  /// One build of a batch.
  public struct Task: Sendable, Codable, Equatable {
    /// Letters, digits and underscores; unique in the batch.
    public var identifier: String
    /// The buildspec to run; `nil` is the root buildspec's phases.
    public var buildspec: String?
    /// Variables of this task; they win over the buildspec's.
    public var variables: [String: String]
    /// The tasks that must have succeeded (or may fail) before this one starts.
    public var dependsOn: [String]
    /// Whether its failure leaves the batch succeeding.
    public var ignoreFailure: Bool

    /// Describes a task.
    public init(
      identifier: String, buildspec: String? = nil, variables: [String: String] = [:], dependsOn: [String] = [],
      ignoreFailure: Bool = false
    ) {
      self.identifier = identifier
      self.buildspec = buildspec
      self.variables = variables
      self.dependsOn = dependsOn
      self.ignoreFailure = ignoreFailure
    }
  }
}
