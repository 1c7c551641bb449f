import CSandbox
import Foundation
import Synchronization

/// Runs commands as plain processes: a session of its own for each, and no isolation (mode `off`).
///
/// ``end()`` kills every process of the sessions its commands began. A process that moved to a session of its own escapes:
/// nobody can tell whose it is. A ``Sandbox`` of mode `off` has a process of its own to adopt orphans, and finds them all.
public final class ProcessRunner: CommandRunner {
  private struct State {
    var ended = false
    var running: [Int32: ChildProcess] = [:]
    var sessions: Set<Int32> = []
  }

  private let state = Mutex(State())

  /// Makes a runner. From the first one on, this process adopts the orphans among its descendants.
  public init() { _ = sandbox_become_subreaper() }

  /// Runs a command until its own process has ended.
  ///
  /// - Throws: ``SandboxError`` when the process could not be started, or the runner has ended.
  public func run(_ command: Command) async throws -> CommandResult {
    var request = SpawnRequest(
      executable: command.executable, arguments: [command.executable] + command.arguments,
      environment: command.environment.map { "\($0.key)=\($0.value)" })
    request.directory = command.directory
    request.standardInput = command.standardInput
    request.standardOutput = command.standardOutput
    request.standardError = command.standardError
    if let user = command.user { request.user = try UserIdentity.toBecome(user) }
    if state.withLock({ $0.ended }) {
      throw SandboxError(.ended, "cannot start \(command.executable): the build has ended")
    }
    let process = try await ChildProcess.start(request)
    let hasEnded = state.withLock { state in
      state.running[process.processID] = process
      state.sessions.insert(process.processID)
      return state.ended
    }
    if hasEnded { process.signalGroup(SIGKILL) }
    let result = await Supervision.follow(process, timeout: command.timeout, teardown: command.teardown)
    state.withLock { $0.running[process.processID] = nil }
    return result
  }

  /// Kills every process that a command has left behind.
  public func end() async {
    let before: State = state.withLock { state in
      defer { state.ended = true }
      return state
    }
    if before.ended { return }
    for process in before.running.values {
      process.killGroupAtEnd()
      process.signalGroup(SIGKILL)
    }
    for process in before.running.values { _ = await process.wait() }
    if !before.sessions.isEmpty { await OrphanSweep.run(sessions: before.sessions) }
  }
}
