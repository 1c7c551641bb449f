import CSandbox
import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSandbox

/// What init says of a plan that it cannot perform.
@Suite(.takingTurns) struct SetupPlanTests {
  private func start(_ steps: [SetupStep]) async throws -> (ChildProcess, InitConnection) {
    let request = SpawnRequest(executable: try InitProgram.path(), arguments: ["journeyman-init"], environment: [])
    return try await InitConnection.start(request, plan: SetupPlan(steps: steps), descriptors: []) {
      (_) throws(SandboxError) in
    }
  }

  /// A filter of zeros is none that the kernel takes.
  private var brokenFilter: SetupStep {
    var step = SetupStep(SANDBOX_STEP_SECCOMP)
    step.second = [UInt8](repeating: 0, count: 8)
    return step
  }

  @Test func `a step that fails is named before any command`() async throws {
    let (process, connection) = try await start([SetupStep(SANDBOX_STEP_NO_NEW_PRIVILEGES), brokenFilter])
    let reply = try #require(await connection.ready())
    #expect(reply.message.type == SANDBOX_MESSAGE_NOT_READY.rawValue)
    #expect(reply.message.value == 1 && reply.message.error == EINVAL)
    #expect(await process.wait().status == .exited(1))
  }

  /// Init may answer before its filter is in force, and must then start nothing without it.
  @Test func `no command starts when a step fails after the answer`() async throws {
    let place = NSTemporaryDirectory() + "journeyman-answer-\(UUID().uuidString)"
    defer { unlink(place) }
    let (process, connection) = try await start([
      SetupStep(SANDBOX_STEP_NO_NEW_PRIVILEGES), SetupStep(SANDBOX_STEP_ANSWER), brokenFilter,
    ])
    // READY, or the failure when that has come as well.
    #expect(await connection.ready() != nil)
    if let id = try? connection.start(EncodedCommand(Command(executable: "/usr/bin/touch", arguments: [place]))) {
      #expect(await connection.end(of: id) == nil)
    }
    #expect(await process.wait().status == .exited(1))
    #expect(access(place, F_OK) != 0)
    for _ in 0..<600 where connection.lateFailure == nil { try await Task.sleep(for: .milliseconds(10)) }
    #expect(connection.lateFailure?.number == EINVAL)
  }
}
