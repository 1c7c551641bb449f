import JourneymanSupport
import TestSupport

/// What a shell command printed on standard output and standard error, and how it ended.
struct ShellResult {
  let status: Int32
  let output: String
}

/// Runs a command with `sh -c` and waits for it.
func shell(_ command: String) async throws -> ShellResult {
  let outcome = try await TestProgram.run("/bin/sh", ["-c", "exec 2>&1; " + command])
  return ShellResult(status: outcome.status, output: outcome.output)
}

/// Whether a program the tests compare with is there. In CI everything is there, and a missing one fails the test.
func isInstalled(_ program: String) -> Bool {
  TestProgram.find(program) != nil || StandardPaths.processEnvironment["CI"] == "true"
}
