import JourneymanBuildModel

/// What one phase of a buildspec asks for.
struct PhasePlan: Sendable {
  /// The phase.
  var phase: BuildPhase
  /// Run in order until one fails.
  var commands: [String] = []
  /// Run in order after the commands, all of them, whatever failed before.
  var finally: [String] = []
  /// The user to run as; `nil` is the build's own.
  var user: String?
  /// What happens when it fails.
  var onFailure: OnFailure = .standard

  /// The `on-failure` of a phase.
  enum OnFailure: Sendable {
    case standard
    case abort
    case proceed
    /// The phase runs again, at most `count` times, while its error message matches `pattern` (absent: always).
    case retry(count: Int, pattern: String?)
  }

  /// What remains of `onFailure` once retries are used up.
  var transition: PhaseTransition.OnFailure {
    switch onFailure {
    case .standard, .retry: .standard
    case .abort: .abort
    case .proceed: .proceed
    }
  }

  /// Whether the phase is tried again after so many retries and with this error message.
  func retries(after attempts: Int, message: String) async -> Bool {
    guard case .retry(let count, let pattern) = onFailure, attempts < count else { return false }
    guard let pattern else { return true }
    return await BoundedPattern.isFound(pattern, in: message)
  }
}
