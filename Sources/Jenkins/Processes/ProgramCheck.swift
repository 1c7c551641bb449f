internal import Foundation
internal import JourneymanSandbox
internal import JourneymanSupport

/// Finds out before a launch whether there is anything to start. Java says so at once, as an exception of the launch, and
/// plugins rely on that; here a shell inside the sandbox starts the program, and would only say so when it has begun.
struct ProgramCheck {
  let program: String
  let directory: String

  /// Those that are everywhere need not be looked for.
  private static let known: Set<String> = ["/bin/sh", "sh", "/bin/bash", "bash", "nohup"]

  private static let script = """
    case "$1" in
    */*) [ -f "$1" ] || exit 2; [ -x "$1" ] || exit 13 ;;
    *) command -v -- "$1" >/dev/null 2>&1 || exit 2 ;;
    esac
    """

  /// - Throws: ``JenkinsError`` with the words of `java.lang.ProcessBuilder`.
  func check(in sandbox: DurableSandbox, _ variables: [String: String]) async throws {
    if Self.known.contains(program) { return }
    let id = try sandbox.start(
      Command(
        executable: "/bin/sh", arguments: ["-c", Self.script, "sh", program], environment: variables,
        directory: directory))
    let status = try await sandbox.result(of: id, timeout: .seconds(30), teardown: [.kill]).status.shellStatus
    sandbox.forget(id)
    switch status {
    case 2: throw failure(ENOENT)
    case 13: throw failure(EACCES)
    // Whatever else is wrong shows at the start itself.
    default: return
    }
  }

  /// What Java says when a program cannot be started.
  func failure(_ number: Int32) -> JenkinsError {
    JenkinsError(
      .failed,
      "Cannot run program \"\(program)\" (in directory \"\(directory)\"): error=\(number), "
        + String(cString: strerror(number)))
  }
}
