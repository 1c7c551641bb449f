import Foundation
internal import JourneymanSupport

/// A lock on a file between processes; given back when it goes out of scope, also by a kill.
struct FileLock: ~Copyable, Sendable {
  enum Kind: Sendable {
    case shared, exclusive
  }

  private let file: OwnedDescriptor

  private init(file: consuming OwnedDescriptor) { self.file = file }

  /// Waits for the lock.
  ///
  /// - Throws: ``CheckoutError`` `cancelled`, or ``SystemError``.
  static func take(_ path: String, _ kind: Kind, cancellation: Cancellation) throws -> FileLock {
    var pause: Int32 = 1
    while true {
      try cancellation.check()
      if let lock = try attempt(path, kind) { return lock }
      cancellation.sleep(milliseconds: pause)
      pause = min(pause * 2, 50)
    }
  }

  /// Takes the lock if it is free.
  ///
  /// - Throws: ``SystemError``; `ENOENT` when the directory of the lock is gone.
  static func attempt(_ path: String, _ kind: Kind) throws(SystemError) -> FileLock? {
    let file = try FileSystem.open(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB
    while flock(file.number, operation) != 0 {
      if errno == EWOULDBLOCK { return nil }
      if errno != EINTR { throw SystemError("lock \(path)") }
    }
    // Cleaning may have removed the mirror in between: then the lock is on a file that nobody else will find.
    var opened = stat()
    var named = stat()
    guard fstat(file.number, &opened) == 0, lstat(path, &named) == 0, opened.st_ino == named.st_ino else { return nil }
    return FileLock(file: file)
  }
}
