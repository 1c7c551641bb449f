public import JourneymanSupport

/// The listener: serves every controller of agent.conf until each has ended.
public struct Agent: AgentHost {
  /// Makes the controller for a `[controller]` section.
  public typealias ControllerFactory = @Sendable (ControllerSettings) -> any Controller

  /// What agent.conf says.
  public let settings: Settings
  private let controllers: [any Controller]

  /// Prepares to serve.
  ///
  /// - Parameter kinds: the kinds of server this program knows.
  /// - Throws: ``AgentError`` when agent.conf names no controller, or one of a kind that is not among `kinds`.
  public init(_ settings: Settings, kinds: [ControllerSettings.Kind: ControllerFactory]) throws(AgentError) {
    self.settings = settings
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
