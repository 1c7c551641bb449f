/// A question that an action of a build asks.
public struct BuildQuestion: Sendable, Codable, Equatable {
  /// The action's name.
  public var action: String
  /// The plugin's name, for its section of agent.conf.
  public var plugin: String
  /// What is asked.
  public var text: String
  /// How long to wait, in seconds; then the answer is no.
  public var timeoutSeconds: Double

  /// Asks a question.
  public init(action: String, plugin: String, text: String, timeoutSeconds: Double) {
    self.action = action
    self.plugin = plugin
    self.text = text
    self.timeoutSeconds = timeoutSeconds
  }
}

/// What was decided.
public struct BuildDecision: Sendable, Codable, Equatable {
  /// Whether it is approved.
  public var isApproved: Bool
  /// Who decided and how, for people.
  public var by: String
  /// What was said with it.
  public var comment: String?

  /// Puts a decision together.
  public init(isApproved: Bool, by: String, comment: String? = nil) {
    self.isApproved = isApproved
    self.by = by
    self.comment = comment
  }
}
