public import JourneymanActionKit

/// Waits for somebody's decision before the build goes on.
public struct ApprovalAction: ActionPlugin {
  /// What stands under `with:`.
  public struct Configuration: Decodable, Sendable {
    /// What is asked.
    var message: String?
    /// How long to wait; then the answer is no.
    var timeout: TimeSpan?
  }

  /// What the plugin is called, takes and wants.
  public static let manifest = PluginManifest(
    name: "approval", version: "1.0.0",
    summary: "Waits until somebody approves, at the terminal, by a decision file or by a command of agent.conf.",
    category: .approval,
    configuration: ConfigurationSchema([
      ConfigurationKey("message", .text, "What is asked.", defaultText: "Go on with PROJECT, build NUMBER?"),
      ConfigurationKey("timeout", .duration, "How long to wait; then the answer is no.", defaultText: "1h"),
    ]),
    outputs: [
      .init("by", "Who approved, and how."),
      .init("comment", "What was said with it."),
    ])

  private let message: String?
  private let timeout: Duration

  /// Takes a configuration.
  ///
  /// - Throws: `PluginConfigurationError` for a time that is over before anybody could answer.
  public init(configuration: Configuration) throws {
    message = configuration.message
    timeout = configuration.timeout?.duration ?? .seconds(3600)
    if timeout < .seconds(1) { throw PluginConfigurationError("timeout", "must be at least a second") }
  }

  /// Waits for the decision.
  public func run(in context: ActionContext) async throws -> ActionOutcome {
    let question = message ?? "Go on with \(context.build.project), build \(context.build.number)?"
    let decision = try await context.decide(DecisionQuestion(question, timeout: timeout))
    let comment = decision.comment.map { ": \($0)" } ?? ""
    if !decision.isApproved { return .failed("not approved by \(decision.by)\(comment)") }
    return .succeeded(
      "approved by \(decision.by)\(comment)", outputs: ["by": decision.by, "comment": decision.comment ?? ""])
  }
}
