import JourneymanActionKit

/// One step of a deployment on one machine.
enum ReleaseStep: String, Sendable {
  /// Undoes what was interrupted, and prepares a place for the release.
  case begin
  /// Makes what was written a complete release.
  case seal
  /// Does both at once, and unpacks the release from standard input in between.
  case receive
  /// Makes the release current, restarts and checks.
  case switchOver = "switch"
  /// Goes back to the release before and removes the new one.
  case undo
  /// The release stays: old ones are removed.
  case finish
}

/// What is deployed and how, the same for every machine of one deployment.
struct ReleasePlan: Sendable {
  /// The release's directory name, which sorts by time.
  var release: String
  /// Tells this deployment from others to the same path.
  var token: String
  /// The deployment's directory, absolute.
  var path: String
  /// How many releases stay, the current one included.
  var keep: Int
  /// What is run after `current` has changed.
  var restart: String?
  /// What tells whether the release works.
  var check: HealthCheck?

  /// The arguments of ``ReleaseScript`` for a step.
  func arguments(_ step: ReleaseStep) -> [String] {
    [
      step.rawValue, path, release, token, String(keep), restart ?? "", check?.command ?? "",
      String(check?.attempts ?? 1), String(check?.interval ?? 0), String(check?.timeout ?? 0),
    ]
  }

  /// Where the release is written to.
  var staging: String { "\(path)/releases/.\(release).partial" }
}

/// A command that tells whether a release works.
struct HealthCheck: Sendable {
  /// A line for the shell, run in the release's directory.
  var command: String
  /// How often it is tried.
  var attempts: Int
  /// Seconds between two tries.
  var interval: Int
  /// Seconds that one try may take.
  var timeout: Int
}

/// A step that failed, with what the machine said.
struct ReleaseStepError: Error, CustomStringConvertible {
  let host: String?
  let message: String

  var description: String { (host.map { "\($0): " } ?? "") + message }
}
