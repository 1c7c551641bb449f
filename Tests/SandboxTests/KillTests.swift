import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// kill -9 of the process that started a sandbox leaves nothing of it.
@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct KillTests {
  @Test(arguments: SandboxPolicy.Mode.allCases)
  func `the worker is killed`(mode: SandboxPolicy.Mode) async throws {
    try await check(mode) { worker, _ in worker.signal(SIGKILL) }
  }

  @Test func `the keeper is killed, and its worker with it`() async throws {
    try await check(.strict, withKeeper: true) { keeper, _ in keeper.signal(SIGKILL) }
  }

  private func check(
    _ mode: SandboxPolicy.Mode, withKeeper: Bool = false, _ kill: (ChildProcess, TestDirectory) -> Void
  ) async throws {
    let directory = try TestDirectory()
    let program = PathName.directory(of: try Rerun.program()) + "/sandbox-holder"
    // A keeper that is only killed can be played by anything that starts its child with the parent-death signal.
    let worker = "setpriv --pdeathsig KILL \(program) \(mode.rawValue) \(directory.path); true"
    let child = try await ChildProcess.start(
      .init(
        executable: withKeeper ? "/bin/sh" : program,
        arguments: withKeeper ? ["-c", worker] : [mode.rawValue, directory.path],
        environment: ["PATH": "/usr/bin:/bin"]))
    try await waitUntil { directory.read("daemon-runs") != nil && directory.read("command-runs") != nil }
    #expect(isHeld(directory.path + "/daemon"))
    #expect(isHeld(directory.path + "/command"))
    kill(child, directory)
    #expect(await child.wait().status == .signaled(SIGKILL))
    try await waitUntil { !isHeld(directory.path + "/daemon") && !isHeld(directory.path + "/command") }
  }

  private func isHeld(_ path: String) -> Bool {
    guard let lock = try? FileSystem.open(path, flags: O_RDONLY) else { return false }
    return flock(lock.number, LOCK_EX | LOCK_NB) != 0
  }

  private func waitUntil(_ condition: () -> Bool) async throws {
    for _ in 0..<3000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
    #expect(condition())
  }
}
