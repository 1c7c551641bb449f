import Foundation
import JourneymanSupport
import Synchronization

/// The one thread that starts processes. It never ends, because a child's parent-death signal fires when the *thread*
/// that started it ends, and threads of a pool do end.
final class Spawner: Sendable {
  static let shared = Spawner()

  private let jobs = Mutex<[@Sendable () -> Void]>([])
  private let available = DispatchSemaphore(value: 0)
  /// The children that somebody waits for; every other child of this process was adopted.
  private let children = Mutex<Set<Int32>>([])

  private init() {
    SystemThread.startNeeded("spawner") { [self] in
      while true {
        available.wait()
        let job = jobs.withLock { $0.removeFirst() }
        job()
      }
    }
  }

  /// A process that was started, and how what was to be done with it first ended.
  struct Started: Sendable {
    var processID: Int32
    var pidfd: Int32
    var first: Result<Void, SandboxError>
  }

  /// Starts a process; the descriptors the request names are borrowed until this returns.
  ///
  /// - Parameter first: what the process waits for, done right here because another thread would have to wake up first.
  func start(
    _ request: SpawnRequest, first: @escaping @Sendable (Int32) throws(SandboxError) -> Void = { _ in }
  ) async throws -> Started {
    let outcome = await onThread {
      Result { () throws(SandboxError) in
        let child = try request.start()
        self.children.withLock { _ = $0.insert(child.processID) }
        let first = Result { () throws(SandboxError) in try first(child.processID) }
        return Started(processID: child.processID, pidfd: child.pidfd, first: first)
      }
    }
    return try outcome.get()
  }

  /// Forgets a child that has been waited for.
  func forget(_ processID: Int32) {
    children.withLock { _ = $0.remove(processID) }
  }

  /// Runs `work` while no process is being started, with the children that somebody waits for.
  func perform(_ work: @escaping @Sendable (Set<Int32>) -> Void) async {
    await onThread { work(self.children.withLock { $0 }) }
  }

  private func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      jobs.withLock { $0.append { continuation.resume(returning: work()) } }
      available.signal()
    }
  }
}
