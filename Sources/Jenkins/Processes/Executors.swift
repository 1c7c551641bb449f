internal import JourneymanAgent

/// The agent's executors, as one controller's builds take them.
struct Executors: Sendable {
  private let activity: AgentActivity
  private let controller: String

  init(_ activity: AgentActivity, of controller: String) {
    self.activity = activity
    self.controller = controller
  }

  /// Waits until the build has one.
  ///
  /// - Parameter waiting: takes a line for the job's log when none is free.
  func begin(_ build: String, waiting: @Sendable (String) async -> Void) async throws {
    try await activity.begin(build, of: controller) { executors, isShare, before in
      let holder = isShare ? "this controller" : "this machine"
      let others = before == 0 ? "" : ", \(before) before this one"
      await waiting("journeyman: waiting for an executor: \(holder) has \(executors), all busy\(others)\n")
    }
  }

  /// The build has one already.
  func resume(_ build: String) { activity.resume(build, of: controller) }

  /// The build has ended.
  func end(_ build: String) { activity.end(build, of: controller) }
}
