internal import JourneymanSupport

/// What an agent does at one moment, as `journeyman agent status` shows it.
public struct AgentStatus: Codable, Sendable, Equatable {
  /// A controller's connection.
  public struct Connection: Codable, Sendable, Equatable {
    /// The name in the section's heading.
    public var name: String
    /// Whether the agent is online there.
    public var isOnline = false
    /// When that began, in seconds since 1970.
    public var since: Double
    /// How often the connection was lost.
    public var reconnects = 0
    /// Why it was lost last.
    public var problem: String?
  }

  /// A build that has an executor.
  public struct Build: Codable, Sendable, Equatable {
    /// The controller that it belongs to.
    public var controller: String
    /// What the controller calls it.
    public var name: String
    /// When it got its executor, in seconds since 1970.
    public var since: Double
  }

  /// The process.
  public var processID: Int32
  /// The version of the program.
  public var version: String
  /// When the process began, in seconds since 1970.
  public var startedAt: Double
  /// Whether it takes no more work.
  public var isDraining = false
  /// How many builds may run at once.
  public var executors: Int
  /// The builds that run.
  public var builds: [Build] = []
  /// How many builds wait for an executor.
  public var waiting = 0
  /// How many builds have ended.
  public var ended = 0
  /// How many seconds all builds that have ended took together.
  public var buildSeconds = 0.0
  /// How many requests of controllers could not be carried out.
  public var failures = 0
  /// The controllers, in the order of agent.conf.
  public var controllers: [Connection] = []

  /// The status for people, a line each.
  ///
  /// - Parameter now: seconds since 1970.
  public func lines(now: Double) -> [String] {
    func ago(_ moment: Double) -> String { Duration.seconds(max(0, (now - moment).rounded())).humanReadable }
    var lines = ["journeyman-agent \(version), process \(processID), up \(ago(startedAt))"]
    if isDraining { lines.append("draining: takes no more work") }
    for controller in controllers {
      let state = controller.isOnline ? "online" : "offline"
      let problem = controller.isOnline ? "" : controller.problem.map { ": \($0)" } ?? ""
      lines.append("\(controller.name): \(state) for \(ago(controller.since))\(problem)")
    }
    lines.append("executors: \(builds.count) of \(executors) busy, \(waiting) waiting, \(ended) builds ended")
    for build in builds { lines.append("  \(build.controller): \(build.name) for \(ago(build.since))") }
    return lines
  }
}
