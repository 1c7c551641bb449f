public import JourneymanSupport

/// What the agent gives the process that keeps a build of a job.
public struct JobSetup: Codable, Sendable {
  /// The agent's settings.
  public var settings: Settings
  /// The controller's name in agent.conf.
  public var controller: String
  /// What the controller's jobs may use: the words of `allow`.
  public var allow: [String]
  /// The controller's build.
  public var build: String

  /// Collects what the process needs to know.
  public init(settings: Settings, controller: String, allow: [String], build: String) {
    self.settings = settings
    self.controller = controller
    self.allow = allow
    self.build = build
  }
}
