import Foundation
import Synchronization

/// Something that runs and can be signalled: a child of this process, or a command inside a sandbox.
protocol Supervised: Sendable {
  /// Waits until it has ended; not cancellable.
  func wait() async -> ChildProcess.Exit
  /// Sends a signal to all its processes.
  func signalGroup(_ number: Int32)
  /// Has everything of its group killed at the moment it ends itself.
  func killGroupAtEnd()
}

extension ChildProcess: Supervised {}

/// Follows a process to its end, and brings the end about when its time is up or its task is cancelled.
final class Supervision: Sendable {
  private struct State {
    var ending = CommandResult.Ending.natural
    var finished = false
    var escalation: Task<Void, Never>?
  }

  private let process: any Supervised
  private let teardown: [TeardownStep]
  private let state = Mutex(State())

  private init(of process: any Supervised, teardown: [TeardownStep]) {
    self.process = process
    self.teardown = teardown
  }

  /// Waits for the process. Cancelling the calling task tears it down; the result still tells how it ended.
  static func follow(
    _ process: any Supervised, timeout: Duration?, teardown: [TeardownStep]
  ) async -> CommandResult {
    let supervision = Supervision(of: process, teardown: teardown)
    let timer = timeout.map { timeout in
      Task.detached {
        do { try await Task.sleep(for: timeout) } catch { return }
        supervision.tearDown(.timedOut)
      }
    }
    let exit = await withTaskCancellationHandler {
      await process.wait()
    } onCancel: {
      supervision.tearDown(.cancelled)
    }
    timer?.cancel()
    return CommandResult(status: exit.status, ending: supervision.finish(), resources: exit.resources)
  }

  private func tearDown(_ ending: CommandResult.Ending) {
    state.withLock { state in
      if state.finished || state.escalation != nil { return }
      state.ending = ending
      process.killGroupAtEnd()
      // Detached, because the grace must be waited for although the calling task is cancelled.
      state.escalation = Task.detached { [process, teardown] in
        for step in teardown {
          switch step {
          case .terminate(let grace):
            process.signalGroup(SIGTERM)
            do { try await Task.sleep(for: grace) } catch { return }
          case .kill:
            process.signalGroup(SIGKILL)
          }
        }
        process.signalGroup(SIGKILL)
      }
    }
  }

  private func finish() -> CommandResult.Ending {
    state.withLock { state in
      state.finished = true
      state.escalation?.cancel()
      return state.ending
    }
  }
}
