import Foundation

/// Runs blocking work (C libraries, file hashing, large copies) on a thread of its own and waits for it without
/// holding a thread of the cooperative pool.
///
/// Cancellation does not interrupt `work`; a caller that must stop early gives `work` a flag to look at.
///
/// - Parameter work: runs once, on a new thread.
/// - Returns: what `work` returns.
/// - Throws: what `work` throws, or ``SystemError`` when there can be no thread more.
public func runBlocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    do {
      try SystemThread.start { continuation.resume(with: Result { try work() }) }
    } catch {
      continuation.resume(throwing: error)
    }
  }
}

/// As ``runBlocking(_:)``, for work that has time: whatever else runs on the machine comes first.
public func runInBackground<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await runBlocking {
    // On Linux this is the thread alone, and the thread ends with the work.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    return try work()
  }
}
