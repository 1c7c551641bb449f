import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSupport

/// Runs the commands of one phase after another.
struct PhaseRunner {
  let executor: CommandExecutor
  let link: KeeperLink
  /// Why the build is being ended, if it is.
  let ending: BuildEnding
  /// How long a phase may take; `nil` is for ever.
  let phaseTimeout: Duration?

  /// How a phase ended.
  struct Outcome {
    var status: PhaseStatus = .succeeded
    var context: [PhaseContext] = []
  }

  /// Runs a phase, again if its `on-failure` says so; a repetition starts from the state the first attempt found.
  func run(_ plan: PhasePlan) async throws -> Outcome {
    guard case .retry(let count, _) = plan.onFailure else { return try await attempt(plan) }
    let before = try executor.state.snapshot()
    var attempts = 0
    while true {
      let outcome = try await attempt(plan)
      let message = outcome.context.first?.message ?? ""
      guard outcome.status == .failed, await plan.retries(after: attempts, message: message) else { return outcome }
      attempts += 1
      link.emit(.message(.warning, "\(plan.phase.rawValue) failed; retry \(attempts) of \(count)"))
      try executor.state.restore(before)
    }
  }

  private func attempt(_ plan: PhasePlan) async throws -> Outcome {
    let deadline = phaseTimeout.map { ContinuousClock.now + $0 }
    var outcome = Outcome()
    for command in plan.commands where outcome.status == .succeeded {
      try await run(command, of: plan, until: deadline, into: &outcome)
    }
    // What runs in any case still does not hold up a build that is being ended.
    for command in plan.finally where outcome.status != .stopped && ending.reason == nil {
      try await run(command, of: plan, until: deadline, into: &outcome)
    }
    return outcome
  }

  /// Runs one command; the first failure of a phase decides its status and context.
  private func run(
    _ text: String, of plan: PhasePlan, until deadline: ContinuousClock.Instant?, into outcome: inout Outcome
  ) async throws {
    try await link.announce(.commandStarted(plan.phase, text: text))
    let remaining = deadline.map { max(.zero, $0 - .now) }
    let result = try await executor.limited(to: remaining).run(text, user: plan.user)
    let exitCode = result.status.shellStatus
    link.emit(
      .commandFinished(
        plan.phase, text: text, exitCode: exitCode, durationSeconds: result.resources.wall.seconds))
    let (status, reason): (PhaseStatus, String)
    switch result.ending {
    case .natural where exitCode == 0: return
    case .natural: (status, reason) = (.failed, "exit status \(exitCode)")
    case .limit(let sentence): (status, reason) = (.failed, sentence)
    case .timedOut: (status, reason) = (.timedOut, "timed out after \(result.resources.wall.humanReadable)")
    case .cancelled:
      switch ending.reason {
      case .timeOut: (status, reason) = (.timedOut, "the build timed out")
      case .limit(let sentence): (status, reason) = (.failed, sentence)
      case .stop, nil: (status, reason) = (.stopped, "stopped")
      }
    }
    guard outcome.status == .succeeded else { return }
    outcome.status = status
    outcome.context = [
      PhaseContext(
        statusCode: Self.statusCode(ending.reason),
        message: "Error while executing command: \(text). Reason: \(reason)")
    ]
  }

  private static func statusCode(_ reason: BuildEnding.Reason?) -> String {
    switch reason {
    case .stop: "BUILD_STOPPED"
    case .timeOut: "BUILD_TIMED_OUT"
    case .limit, nil: "COMMAND_EXECUTION_ERROR"
    }
  }
}
