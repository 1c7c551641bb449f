import CSandbox
import Foundation
import JourneymanSupport
import Synchronization

/// One thread that sleeps until a watched descriptor becomes readable: a pidfd when its process ends, a socket when a
/// message arrives. Nothing is polled at intervals.
final class Reaper: Sendable {
  static let shared = Reaper()

  private let queue: Int32
  private let handlers = Mutex<[UInt64: @Sendable () -> Void]>([:])
  private let nextToken = Atomic<UInt64>(1)

  private init() {
    queue = epoll_create1(Int32(EPOLL_CLOEXEC))
    precondition(queue >= 0, "the kernel refused an epoll descriptor at start")
    SystemThread.startNeeded("reaper") { [self] in work() }
  }

  /// Calls `handler` once, on the reaper's thread, when `descriptor` becomes readable. The descriptor must stay open
  /// until then.
  func whenReadable(_ descriptor: Int32, _ handler: @escaping @Sendable () -> Void) throws(SystemError) {
    let token = nextToken.wrappingAdd(1, ordering: .relaxed).oldValue
    handlers.withLock { $0[token] = handler }
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | EPOLLONESHOT.rawValue
    event.data.u64 = token
    if epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) == 0 { return }
    if errno == EEXIST, epoll_ctl(queue, EPOLL_CTL_MOD, descriptor, &event) == 0 { return }
    let error = SystemError("watch descriptor \(descriptor)")
    handlers.withLock { $0[token] = nil }
    throw error
  }

  private func work() {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    while true {
      let count = epoll_wait(queue, &events, Int32(events.count), -1)
      for index in 0..<max(0, Int(count)) {
        let token = events[index].data.u64
        let handler = handlers.withLock { $0.removeValue(forKey: token) }
        handler?()
      }
    }
  }
}
