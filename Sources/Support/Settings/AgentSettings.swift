/// `[agent]`: this machine as a whole.
public struct AgentSettings: Codable, Sendable, Equatable {
  /// The agent's name; `nil` is the host's name.
  public var name: String?
  /// Where workspaces, logs and records of builds live; `nil` is the user's state directory.
  public var workdir: String?
  /// How many builds run at once, at least 1.
  public var executors = 1
  /// What the machine offers, for controllers that choose by it.
  public var labels: [String] = []
  /// How long a build may take, in seconds.
  public var timeoutSeconds: Double = 8 * 3600
  /// How long one phase may take, in seconds; `nil` is as long as the build.
  public var phaseTimeoutSeconds: Double?
  /// How long one command may take, in seconds; `nil` is as long as its phase.
  public var commandTimeoutSeconds: Double?
  /// Seconds between `SIGTERM` and `SIGKILL`.
  public var graceSeconds: Double = 10
  /// The largest `log.txt` in bytes; what comes after is cut with a marker.
  public var logLimit: Int64 = 1 << 30
  /// Workspaces and logs not used for so many seconds are removed; `nil` keeps them.
  public var keepSeconds: Double?
  /// The oldest workspaces and logs are removed while all together are larger, in bytes; `nil` is no bound.
  public var keepSize: Int64?
  /// A file that the listener touches while it is healthy.
  public var healthFile: String?
  /// A file with Prometheus text metrics that the listener keeps up to date.
  public var metricsFile: String?

  /// The defaults.
  public init() {}
}
