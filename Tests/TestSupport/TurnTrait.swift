import Synchronization
public import Testing

/// Lets the tests that start servers, sandboxes and whole builds run a few at a time, however many the runner starts:
/// they wait for processes with patience that fits a machine that is not overrun.
public struct TurnTrait: SuiteTrait, TestTrait, TestScoping {
  /// Each test of a suite takes a turn of its own.
  public var isRecursive: Bool { true }

  /// Runs `function` when its turn has come.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Turns.shared.take()
    defer { Turns.shared.giveBack() }
    try await function()
  }
}

extension Trait where Self == TurnTrait {
  /// The test takes its turn among the others that have this trait.
  public static var takingTurns: Self { TurnTrait() }
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
