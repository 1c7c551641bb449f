/// Starts the commands of one build, one after another or side by side, and ends them.
///
/// The seam between the phases and whatever isolates them: a strict sandbox, a basic one, or a plain process group.
/// Output goes straight to the descriptors of the ``Command``; a runner never reads it, so a descendant that keeps a
/// descriptor open cannot make anyone wait.
public protocol CommandRunner: Sendable {
  /// Runs a command until its own process has ended; descendants may live on until ``end()``.
  ///
  /// Cancelling the calling task tears the command down by ``Command/teardown`` and returns its result with the ending
  /// `.cancelled`: the caller always learns how the process ended.
  ///
  /// - Throws: ``SandboxError`` when the process could not be started.
  func run(_ command: Command) async throws -> CommandResult

  /// Kills every process that any command has left behind and gives back what the runner holds. Idempotent; a command
  /// that is still running ends at once by `SIGKILL`.
  func end() async
}
