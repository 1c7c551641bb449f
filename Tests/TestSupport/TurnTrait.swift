import Foundation
import Synchronization
public import Testing

/// Lets the tests that start servers, sandboxes and whole builds run one at a time, however many the runner starts:
/// they wait for processes with patience that fits a machine that is not overrun.
///
/// A test that does not give its turn back would make all others wait with it, so that nobody could tell which one
/// hangs: after ``patience`` it is named, and the tests end.
public struct TurnTrait: SuiteTrait, TestTrait, TestScoping {
  /// How long one test may take, in seconds: far more than any needs.
  static let patience = 600.0

  /// Each test of a suite takes a turn of its own.
  public var isRecursive: Bool { true }

  /// Runs `function` when its turn has come.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Turns.shared.take()
    defer { Turns.shared.giveBack() }
    let guardian = HangGuard(name: "\(test.sourceLocation.fileID) \(test.name)", patience: Self.patience)
    defer { guardian.dismiss() }
    try await function()
  }
}

extension Trait where Self == TurnTrait {
  /// The test takes its turn among the others that have this trait.
  public static var takingTurns: Self { TurnTrait() }
}

/// Ends the test process, with a word on which test it was, unless it is dismissed in time.
///
/// It waits on a thread of its own: what hangs may well be the pool that tasks run on.
private final class HangGuard: Sendable {
  private let isDismissed = DispatchSemaphore(value: 0)

  init(name: String, patience: Double) {
    let isDismissed = self.isDismissed
    Thread.detachNewThread { @Sendable in
      guard isDismissed.wait(timeout: .now() + patience) == .timedOut else { return }
      FileHandle.standardError.write(Data("\(name) did not end within \(Int(patience)) s: the tests end here\n".utf8))
      abort()
    }
  }

  func dismiss() { isDismissed.signal() }
}

/// First come, first served; one test at a time, because what they do fills the machine already.
private final class Turns: Sendable {
  static let shared = Turns()

  private struct State {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func take() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.isTaken {
          state.waiting.append(continuation)
          return false
        }
        state.isTaken = true
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  func giveBack() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.waiting.isEmpty {
        state.isTaken = false
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}
