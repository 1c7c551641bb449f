import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct DurableSandboxTests {
  @Test(arguments: [SandboxPolicy.Mode.strict, .basic])
  func `runs on without its worker, is adopted, and tells how commands ended`(mode: SandboxPolicy.Mode) async throws {
    let directory = try TestDirectory()
    try directory.write("workspace/file", "")
    let policy = SandboxPolicy(
      mode: mode, workspaces: [.init(source: directory.path + "/workspace", view: .agentDirectory)])
    let first = try await DurableSandbox.start(policy, record: directory.path + "/record")
    let workspace = try #require(first.workspacePaths.first)
    var slow = Command.shell("while [ ! -e go ]; do sleep 0.02; done; exit 5")
    slow.directory = workspace
    var quick = Command.shell("exit 6")
    quick.directory = workspace
    let slowID = try first.start(slow)
    let quickID = try first.start(quick)
    #expect(try await first.result(of: quickID).status == .exited(6))
    first.detach()

    let second = try #require(try await DurableSandbox.adopt(record: directory.path + "/record"))
    #expect(second.policy == policy)
    #expect(Set(try await second.commands()) == [slowID, quickID])
    #expect(try await second.result(of: quickID).status == .exited(6))
    second.forget(quickID)
    #expect(try await second.commands() == [slowID])
    try directory.write("workspace/go", "")
    #expect(try await second.result(of: slowID).status == .exited(5))
    second.forget(slowID)
    #expect(try await second.commands().isEmpty)
    second.detach()

    // Empty and alone, it ends, and its record goes with the next look at it.
    var last = try await DurableSandbox.adopt(record: directory.path + "/record")
    for _ in 0..<200 where last != nil {
      last?.detach()
      try await Task.sleep(for: .milliseconds(20))
      last =
        access(directory.path + "/record", F_OK) == 0
        ? try await DurableSandbox.adopt(record: directory.path + "/record") : nil
    }
    #expect(last == nil)
    #expect(access(directory.path + "/record", F_OK) == -1)
  }

  @Test func `its end takes everything along`() async throws {
    let directory = try TestDirectory()
    let sandbox = try await DurableSandbox.start(SandboxPolicy(), record: directory.path + "/record")
    let id = try sandbox.start(.shell("sleep 1000"))
    async let result = sandbox.result(of: id)
    try await sandbox.end()
    #expect(try await result.status == .signaled(SIGKILL))
    #expect(access(directory.path + "/record", F_OK) == -1)
  }

  @Test(arguments: [SandboxPolicy.Mode.strict, .basic])
  func `is adopted after its worker was killed`(mode: SandboxPolicy.Mode) async throws {
    let directory = try TestDirectory()
    try directory.write("workspace/file", "")
    let workspace = directory.path + "/workspace"
    let worker = try await ChildProcess.start(
      .init(
        executable: PathName.directory(of: try Rerun.program()) + "/sandbox-holder",
        arguments: [mode.rawValue, workspace, directory.path + "/record"], environment: ["PATH": "/usr/bin:/bin"]))
    for _ in 0..<3000 where directory.read("workspace/command-runs") == nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    try #require(directory.read("workspace/command-runs") != nil)
    worker.signal(SIGKILL)
    #expect(await worker.wait().status == .signaled(SIGKILL))

    let adopted = try #require(try await DurableSandbox.adopt(record: directory.path + "/record"))
    let command = try #require(try await adopted.commands().first)
    let further = try adopted.start(.shell("exit 8"))
    #expect(further != command)
    #expect(try await adopted.result(of: further).status == .exited(8))
    try directory.write("workspace/go", "")
    #expect(try await adopted.result(of: command).status == .exited(7))
    try await adopted.end()
    #expect(access(directory.path + "/record", F_OK) == -1)
    #expect(access(directory.path + "/workspace/scratch/tmp", F_OK) == -1)
  }

  @Test func `a command whose time is up is torn down, and the sandbox goes on`() async throws {
    let directory = try TestDirectory()
    let sandbox = try await DurableSandbox.start(SandboxPolicy(), record: directory.path + "/record")
    let slow = try sandbox.start(.shell("trap '' TERM; while :; do sleep 0.05; done"))
    let result = try await sandbox.result(
      of: slow, timeout: .milliseconds(200), teardown: [.terminate(after: .milliseconds(100)), .kill])
    #expect(result.ending == .timedOut)
    #expect(result.status == .signaled(SIGKILL))
    let next = try sandbox.start(.shell("exit 3"))
    #expect(try await sandbox.result(of: next).status == .exited(3))
    try await sandbox.end()
  }

  @Test func `a limit is named, also after an adoption`() async throws {
    let directory = try TestDirectory()
    let policy = SandboxPolicy(
      scratch: directory.path + "/scratch", limits: .init(memory: 100 << 20, fileSize: 1 << 20, disk: 4 << 20))
    let first = try await DurableSandbox.start(policy, record: directory.path + "/record")
    let large = try first.start(.shell("head -c 5000000 /dev/zero > /tmp/large"))
    #expect(try await sentence(first.result(of: large))?.contains("1 MiB") == true)
    first.forget(large)
    // Without anything that runs, it would end between two workers.
    _ = try first.start(.shell("sleep 1000"))
    let greedy = try first.start(.shell("sleep 1; python3 -c 'b = bytearray(200 << 20); import time; time.sleep(20)'"))
    first.detach()

    let second = try #require(try await DurableSandbox.adopt(record: directory.path + "/record"))
    #expect(try await sentence(second.result(of: greedy))?.contains("100 MiB") == true)
    second.detach()
    // Where memory is a soft limit, its sum has ended the sandbox.
    if let third = try await DurableSandbox.adopt(record: directory.path + "/record") {
      let filling = "for i in 1 2 3 4 5 6; do head -c 1000000 /dev/zero > /tmp/large-$i; done; sleep 60"
      let full = try third.start(.shell(filling))
      #expect(try await sentence(third.result(of: full))?.contains("4 MiB") == true)
      try await third.end()
    }
  }

  private func sentence(_ result: CommandResult) -> String? {
    if case .limit(let sentence) = result.ending { sentence } else { nil }
  }

  @Test func `what was let go of is not reported as ended`() async throws {
    let directory = try TestDirectory()
    let sandbox = try await DurableSandbox.start(SandboxPolicy(), record: directory.path + "/record")
    let id = try sandbox.start(.shell("sleep 1000"))
    let result = Task { try await sandbox.result(of: id) }
    sandbox.detach()
    await #expect(throws: SandboxError.self) { try await result.value }
    let again = try #require(try await DurableSandbox.adopt(record: directory.path + "/record"))
    #expect(try await again.commands() == [id])
    again.signal(id, SIGKILL)
    #expect(try await again.result(of: id).status == .signaled(SIGKILL))
    try await again.end()
  }

  @Test func `a record whose process has ended is cleaned up`() async throws {
    let directory = try TestDirectory()
    let policy = SandboxPolicy(scratch: directory.path + "/scratch")
    let sandbox = try await DurableSandbox.start(policy, record: directory.path + "/record")
    let id = try sandbox.start(.shell("echo left > /tmp/behind"))
    _ = try await sandbox.result(of: id)
    sandbox.forget(id)
    sandbox.detach()
    for _ in 0..<500 where access(directory.path + "/record", F_OK) == 0 {
      try await DurableSandbox.adopt(record: directory.path + "/record")?.detach()
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(access(directory.path + "/record", F_OK) == -1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/scratch") == [])
  }
}
