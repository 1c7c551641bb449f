import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// What every mode owes.
@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct ModeTests {
  @Test(arguments: SandboxPolicy.Mode.allCases)
  func `a private view of a directory, statuses, timeouts`(mode: SandboxPolicy.Mode) async throws {
    let directory = try TestDirectory()
    try directory.write("file", "before")
    let sandbox = try await Sandbox.start(
      SandboxPolicy(mode: mode, workspaces: [.init(source: directory.path, view: .overlay)]))
    let workspace = try #require(sandbox.workspacePaths.first)
    var command = Command.shell("echo after > file && mkdir made && mktemp >/dev/null && exit 4")
    command.directory = workspace
    #expect(try await sandbox.run(command).status == .exited(4))
    let inside = try await sandbox.openDirectory(workspace)
    #expect(try FileSystem.entryNames(of: inside.number, shown: workspace).map(\.shown).sorted() == ["file", "made"])
    var slow = Command.shell("trap '' TERM; while :; do sleep 0.05; done")
    slow.timeout = .milliseconds(200)
    slow.teardown = [.terminate(after: .milliseconds(100)), .kill]
    let result = try await sandbox.run(slow)
    #expect(result.ending == .timedOut)
    #expect(result.status == .signaled(SIGKILL))
    await sandbox.end()
    #expect(directory.read("file") == "before")
    if mode != .strict { #expect(access(workspace, F_OK) == -1) }
  }

  @Test(arguments: SandboxPolicy.Mode.allCases)
  func `the end takes a daemon with a session of its own along`(mode: SandboxPolicy.Mode) async throws {
    let directory = try TestDirectory()
    let sandbox = try await Sandbox.start(
      SandboxPolicy(mode: mode, workspaces: [.init(source: directory.path, view: .agentDirectory)]))
    let workspace = try #require(sandbox.workspacePaths.first)
    // The daemon holds a lock on a file as long as it lives, and says when it has it.
    let ready = try TestPipe()
    var command = Command.shell(
      "setsid sh -c 'setsid flock lock sh -c \"echo has it; exec sleep 1000\" & exit' & wait",
      output: ready.writeEnd.number)
    command.directory = workspace
    #expect(try await sandbox.run(command).status == .exited(0))
    #expect(ready.waitForContents() == "has it\n")
    let lock = try FileSystem.open(directory.path + "/lock", flags: O_RDONLY)
    #expect(flock(lock.number, LOCK_EX | LOCK_NB) == -1)
    await sandbox.end()
    #expect(flock(lock.number, LOCK_EX | LOCK_NB) == 0)
  }

  @Test func `basic forbids what it promises`() async throws {
    let directory = try TestDirectory()
    try directory.write("secret/agent.conf", "secret")
    try directory.write("workspace/file", "")
    let sandbox = try await Sandbox.start(
      SandboxPolicy(
        mode: .basic, workspaces: [.init(source: directory.path + "/workspace", view: .agentDirectory)],
        hidden: [directory.path + "/secret"]))
    var command = Command.shell("echo ok > file")
    command.directory = directory.path + "/workspace"
    #expect(try await sandbox.run(command).status == .exited(0))
    #expect(try await sandbox.run(.shell("cat \(directory.path)/secret/agent.conf")).status != .exited(0))
    #expect(try await sandbox.run(.shell("touch /usr/journeyman /etc/journeyman")).status != .exited(0))
    #expect(try await sandbox.run(.shell("unshare -U true")).status != .exited(0))
    #expect(try await sandbox.run(.shell("kill -0 \(getpid())")).status != .exited(0))
    #expect(try await sandbox.run(.shell("cat /proc/\(getpid())/environ")).status != .exited(0))
    await sandbox.end()
  }
}
