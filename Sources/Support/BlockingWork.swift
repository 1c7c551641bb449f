import Foundation

/// Runs blocking work (C libraries, file hashing, large copies) on a thread of its own and waits for it without
/// holding a thread of the cooperative pool.
///
/// Cancellation does not interrupt `work`; a caller that must stop early gives `work` a flag to look at.
///
/// - Parameter work: runs once, on a new thread.
/// - Returns: what `work` returns.
/// - Throws: what `work` throws.
public func runBlocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { @Sendable in continuation.resume(with: Result { try work() }) }
  }
}
