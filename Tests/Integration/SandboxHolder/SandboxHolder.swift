import Foundation
import JourneymanSandbox

/// A worker for tests that kill it: starts a sandbox of the mode in the first operand, has a daemon and a command hold
/// locks in the directory of the second, and waits. With a third operand, a directory for its record, the sandbox is
/// durable, and its command waits for the file `go`.
@main struct SandboxHolder {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let mode = SandboxPolicy.Mode(rawValue: arguments[1]) else { exit(2) }
    let directory = arguments[2]
    let policy = SandboxPolicy(
      mode: mode, workspaces: [.init(source: directory, view: .agentDirectory)],
      scratch: mode == .strict ? nil : directory + "/scratch")
    if arguments.count == 4 { return try await holdDurably(policy, directory, record: arguments[3]) }
    let sandbox = try await Sandbox.start(policy)
    let script = """
      setsid flock \(directory)/daemon setsid sh -c 'echo 1 > \(directory)/daemon-runs; exec sleep 1000' >/dev/null &
      exec flock \(directory)/command sh -c 'echo 1 > \(directory)/command-runs; exec sleep 1000'
      """
    _ = try await sandbox.run(shell(script))
  }

  private static func holdDurably(_ policy: SandboxPolicy, _ directory: String, record: String) async throws {
    let sandbox = try await DurableSandbox.start(policy, record: record)
    let script = """
      echo 1 > \(directory)/command-runs
      i=0; while [ ! -e \(directory)/go ] && [ $i -lt 6000 ]; do i=$((i + 1)); sleep 0.02; done; exit 7
      """
    let id = try sandbox.start(shell(script))
    _ = try await sandbox.result(of: id)
  }

  private static func shell(_ script: String) -> Command {
    Command(executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
  }
}
