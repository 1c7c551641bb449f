/// The exit statuses of Journeyman's programs: a contract that scripts rely on.
public enum ProgramStatus: Int32, Sendable, Hashable, CaseIterable {
  /// Everything asked for was done.
  case success = 0
  /// The build, or the check that was asked for, failed.
  case buildFailed = 1
  /// Wrong usage, configuration or buildspec.
  case usage = 2
  /// Infrastructure failed: checkout, sandbox, store or controller.
  case infrastructure = 3
  /// The time was up, as `timeout(1)` reports it.
  case timedOut = 124
  /// Interrupted, as a shell reports `SIGINT`.
  case interrupted = 130
}
