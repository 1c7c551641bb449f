public import JourneymanSupport

/// Setting an agent up for a controller.
public enum JenkinsRegistration {
  /// Connects once as the agent will, and closes the connection again.
  ///
  /// - Parameter settings: the section as it will stand in agent.conf.
  /// - Throws: ``JenkinsError`` or `TransportError` that says what is wrong: the URL, the certificate, the node's name or
  ///   its secret.
  public static func check(_ settings: ControllerSettings) async throws {
    try await JenkinsController(settings).tryConnection()
  }

  /// The section of agent.conf, in git's configuration format.
  public static func section(_ settings: ControllerSettings) -> String {
    var lines = ["[controller \(quoted(settings.name))]", "  type = \(settings.kind.rawValue)"]
    let values = [
      ("url", settings.url), ("node", settings.node), ("secretFile", settings.secretFile),
      ("caFile", settings.caFile), ("workdir", settings.workdir),
    ]
    lines += values.compactMap { name, value in value.map { "  \(name) = \(quoted($0))" } }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func quoted(_ value: String) -> String {
    "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
