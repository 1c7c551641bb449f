public import JourneymanSupport

/// A CI server the agent works for.
///
/// One value serves one `[controller "NAME"]` of agent.conf: it connects, takes work, and reconnects, until the agent is
/// drained or the calling task is cancelled.
public protocol Controller: Sendable {
  /// The name in the section's heading.
  var name: String { get }

  /// Connects and takes work.
  ///
  /// - Throws: what makes going on pointless, such as a refused secret; a lost connection is not an error.
  func serve(_ host: any AgentHost) async throws

  /// Asks the server to give this agent no more work, where it has a way of saying so.
  ///
  /// - Throws: when the server was asked and refuses.
  func drain(_ host: any AgentHost) async throws
}

extension Controller {
  /// Says nothing: a server that cannot be told sees the agent go.
  public func drain(_ host: any AgentHost) async throws {}
}

/// What the agent offers the controllers it serves.
public protocol AgentHost: Sendable {
  /// What agent.conf says.
  var settings: Settings { get }

  /// Where controllers say when they come and go, and builds get their executors.
  var activity: AgentActivity { get }

  /// Says a line in the agent's log. It must hold no secret.
  func report(_ message: String)
}
