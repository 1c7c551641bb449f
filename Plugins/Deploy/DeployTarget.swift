import JourneymanActionKit

/// One way to deploy.
protocol DeployTarget: Sendable {
  /// Deploys, or leaves everything as it was.
  ///
  /// - Returns: how it ended; a deployment that was undone has failed.
  func deploy(_ context: ActionContext) async throws -> ActionOutcome
}
