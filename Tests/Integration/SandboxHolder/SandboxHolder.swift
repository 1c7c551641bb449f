import Foundation
import JourneymanSandbox

/// A worker for tests that kill it: starts a sandbox of the mode in the first operand, has a daemon and a command hold
/// locks in the directory of the second, and waits.
@main struct SandboxHolder {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let mode = SandboxPolicy.Mode(rawValue: arguments[1]) else { exit(2) }
    let directory = arguments[2]
    let sandbox = try await Sandbox.start(
      SandboxPolicy(mode: mode, workspaces: [.init(source: directory, view: .agentDirectory)]))
    let script = """
      setsid flock \(directory)/daemon setsid sh -c 'echo 1 > \(directory)/daemon-runs; exec sleep 1000' >/dev/null &
      exec flock \(directory)/command sh -c 'echo 1 > \(directory)/command-runs; exec sleep 1000'
      """
    _ = try await sandbox.run(
      Command(executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"]))
  }
}
