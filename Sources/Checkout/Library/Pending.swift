import Foundation
import Synchronization

/// The result of asynchronous work, for a thread that waits for it.
final class Pending<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)
  private let task = Mutex<Task<Void, Never>?>(nil)

  /// Starts the work.
  ///
  /// - Parameter completion: called after the end of the work.
  init(_ work: @escaping @Sendable () async throws -> Value, completion: @escaping @Sendable () -> Void = {}) {
    let task = Task {
      let value: Result<Value, any Error>
      do { value = .success(try await work()) } catch { value = .failure(error) }
      self.result.withLock { $0 = value }
      completion()
      self.done.signal()
    }
    self.task.withLock { $0 = task }
  }

  /// Cancels the work.
  func cancel() { task.withLock { $0 }?.cancel() }

  /// Waits for the end, or for the cancel of a checkout. Never called on the cooperative pool.
  func wait(_ cancellation: Cancellation) throws -> Value {
    while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
      if cancellation.isCancelled {
        cancel()
        throw CheckoutError.cancelled
      }
    }
    done.signal()
    return try wait()
  }

  /// Waits for the end. Never called on the cooperative pool: libgit2's callbacks cannot suspend, and run on threads
  /// of ours.
  func wait() throws -> Value {
    done.wait()
    done.signal()
    guard let value = result.withLock({ $0 }) else { throw CancellationError() }
    return try value.get()
  }
}
