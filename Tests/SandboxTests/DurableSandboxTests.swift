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
}
