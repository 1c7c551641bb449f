internal import JourneymanJavaStream
internal import Synchronization

/// What this side has asked the controller and waits for.
final class OpenQuestions: Sendable {
  private typealias Waiting = CheckedContinuation<JavaValue, any Error>

  private struct State {
    var nextID: Int32 = 1
    var waiting: [Int32: Waiting] = [:]
    var hasEnded = false
  }

  private let state = Mutex(State())

  /// Asks and waits for the answer.
  ///
  /// - Parameter send: sends the question under the number it is given.
  /// - Throws: ``JenkinsError`` when the controller answers with an exception or the connection has ended, what `send`
  ///   throws, or `CancellationError`.
  func ask(_ send: @escaping @Sendable (Int32) async throws -> Void) async throws -> JavaValue {
    let id = state.withLock { state in
      defer { state.nextID &+= 1 }
      return state.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: Waiting) in
        let refusal: (any Error)? = state.withLock { state in
          if state.hasEnded { return Self.ended }
          if Task.isCancelled { return CancellationError() }
          state.waiting[id] = continuation
          return nil
        }
        if let refusal { return continuation.resume(throwing: refusal) }
        Task {
          do { try await send(id) } catch { self.settle(id, .failure(error)) }
        }
      }
    } onCancel: {
      settle(id, .failure(CancellationError()))
    }
  }

  private static let ended = JenkinsError(.unavailable, "the connection to the controller has ended")

  /// The controller has answered.
  func answered(_ id: Int32, by command: JavaObject) {
    if let exception = command["exception"].object {
      let message = exception["detailMessage"].string ?? exception.className
      settle(id, .failure(JenkinsError(.failed, "the controller cannot answer the agent: \(message)")))
    } else {
      settle(id, .success(command["returnValue"]))
    }
  }

  private func settle(_ id: Int32, _ result: Result<JavaValue, any Error>) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(with: result)
  }

  /// No answer will come any more.
  func end() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(throwing: Self.ended) }
  }
}
