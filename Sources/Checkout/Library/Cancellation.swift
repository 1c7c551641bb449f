internal import CGit2
import Foundation
internal import JourneymanSupport
import Synchronization

/// Tells blocking work on other threads that its caller has cancelled.
///
/// A flag for loops and callbacks, and a descriptor that becomes readable for whoever waits in `poll`.
final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)
  private let readEnd: OwnedDescriptor
  private let writeEnd: OwnedDescriptor

  init() throws {
    var pipe = try JourneymanSupport.Pipe()
    guard let readEnd = pipe.readEnd.take(), let writeEnd = pipe.writeEnd.take() else {
      throw SystemError("make a pipe", number: EBADF)
    }
    self.readEnd = readEnd
    self.writeEnd = writeEnd
  }

  var isCancelled: Bool { flag.load(ordering: .acquiring) }

  /// A descriptor that is readable once ``cancel()`` was called.
  var descriptor: Int32 { readEnd.number }

  func cancel() {
    flag.store(true, ordering: .releasing)
    withUnsafeBytes(of: UInt8(1)) { _ = write(writeEnd.number, $0.baseAddress, 1) }
  }

  /// Throws ``CheckoutError`` `cancelled` once ``cancel()`` was called.
  func check() throws(CheckoutError) {
    if isCancelled { throw .cancelled }
  }

  /// Sleeps, at most until the cancel.
  func sleep(milliseconds: Int32) {
    var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    poll(&descriptors, 1, milliseconds)
  }

  /// Waits until a descriptor can be read or written.
  ///
  /// - Returns: false when the time was over first.
  /// - Throws: ``CheckoutError`` `cancelled`.
  func wait(for descriptor: Int32, events: Int32, timeout: Duration) throws(CheckoutError) -> Bool {
    var descriptors = [
      pollfd(fd: descriptor, events: Int16(events), revents: 0),
      pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      let count = poll(&descriptors, 2, Int32(clamping: Int64(timeout.seconds * 1000)))
      if isCancelled { throw .cancelled }
      if count < 0 && errno == EINTR { continue }
      return count > 0 && descriptors[0].revents != 0
    }
  }
}
