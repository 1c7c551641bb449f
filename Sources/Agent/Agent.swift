internal import Foundation
public import JourneymanSupport

/// The listener: serves every controller of agent.conf until each has ended.
public struct Agent: AgentHost {
  /// Makes the controller for a `[controller]` section.
  public typealias ControllerFactory = @Sendable (ControllerSettings) -> any Controller

  /// What agent.conf says.
  public let settings: Settings
  private let controllers: [any Controller]
  private let log: @Sendable (String) -> Void

  /// Prepares to serve.
  ///
  /// - Parameters:
  ///   - kinds: the kinds of server this program knows.
  ///   - log: takes the lines of the agent's log.
  /// - Throws: ``AgentError`` when agent.conf names no controller, or one of a kind that is not among `kinds`.
  public init(
    _ settings: Settings, kinds: [ControllerSettings.Kind: ControllerFactory],
    log: @escaping @Sendable (String) -> Void = Agent.logToStandardError
  ) throws(AgentError) {
    self.settings = settings
    self.log = log
    if settings.controllers.isEmpty {
      throw AgentError(
        .configuration, "agent.conf names no controller; add a section [controller \"NAME\"] with type and url")
    }
    var controllers: [any Controller] = []
    for section in settings.controllers {
      guard let make = kinds[section.kind] else {
        throw AgentError(
          .configuration,
          "controller '\(section.name)' is of type \(section.kind.rawValue), which this version does not serve yet;"
            + " builds run locally by 'journeyman run'")
      }
      controllers.append(make(section))
    }
    self.controllers = controllers
  }

  /// Writes a line to standard error, where a service's log is.
  public static func logToStandardError(_ line: String) {
    let line = Array("journeyman-agent: \(line)\n".utf8)
    try? FileSystem.writeAll(line, to: STDERR_FILENO, name: "standard error")
  }

  /// Says a line in the agent's log.
  public func report(_ message: String) { log(message) }

  /// Serves all controllers side by side.
  ///
  /// - Throws: the first error of a controller; the others are cancelled.
  public func serve() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for controller in controllers { group.addTask { try await controller.serve(self) } }
      try await group.waitForAll()
    }
  }
}
