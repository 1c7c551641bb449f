import Synchronization

/// The first error of several threads that work on one thing; the others stop when there is one.
final class FirstFailure: Sendable {
  private let error = Mutex<(any Error)?>(nil)
  private let flag = Atomic<Bool>(false)

  var hasFailed: Bool { flag.load(ordering: .relaxed) }

  func record(_ newError: any Error) {
    error.withLock { if $0 == nil { $0 = newError } }
    flag.store(true, ordering: .relaxed)
  }

  func check() throws {
    if let error = error.withLock({ $0 }) { throw error }
  }
}
