import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct ChildProcessTests {
  @Test func `passes descriptors as 3, 4 and so on, whatever their numbers were`() async throws {
    let first = try TestPipe()
    let second = try TestPipe()
    let child = try await ChildProcess.start(
      .init(
        executable: "/bin/sh", arguments: ["-c", "echo three >&3; echo four >&4; echo five >&5 2>/dev/null || exit 5"],
        environment: ["PATH": "/usr/bin:/bin"], passing: [second.writeEnd.number, first.writeEnd.number]))
    #expect(await child.wait().status != .exited(0))
    #expect(first.contents() == "four\n")
    #expect(second.contents() == "three\n")
  }

  @Test func `can be signalled and waited for more than once`() async throws {
    let child = try await ChildProcess.start(.init(executable: "/bin/sleep", arguments: ["1000"]))
    async let first = child.wait()
    async let second = child.wait()
    child.signal(SIGTERM)
    #expect(await first.status == .signaled(SIGTERM))
    #expect(await second.status == .signaled(SIGTERM))
    child.signal(SIGKILL)
    child.signalGroup(SIGKILL)
    #expect(await child.wait().status == .signaled(SIGTERM))
  }
}
