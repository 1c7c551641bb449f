import Foundation

/// A system call that failed: what was attempted, on which path, and the kernel's `errno`.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The `errno` value, such as `ENOENT`.
  public let number: Int32
  /// What was attempted, in words a person understands, for example `open /srv/build/log.txt`.
  public let attempt: String

  /// Wraps the calling thread's current `errno`.
  public init(_ attempt: String) {
    self.init(attempt, number: errno)
  }

  /// Wraps an `errno` value.
  public init(_ attempt: String, number: Int32) {
    self.number = number
    self.attempt = attempt
  }

  /// The kernel's own sentence for `number`, for example `No such file or directory`.
  public var reason: String { String(cString: strerror(number)) }

  /// `cannot open /srv/build/log.txt: Permission denied`
  public var description: String { "cannot \(attempt): \(reason)" }
}

/// Runs a system call until it is not interrupted by a signal.
///
/// - Returns: the call's result, which is never negative.
/// - Throws: ``SystemError`` with `attempt` when the call returns a negative number.
@discardableResult
public func retryingInterrupts<Result: SignedInteger>(
  _ attempt: @autoclosure () -> String, _ call: () -> Result
) throws(SystemError) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    let number = errno
    if number != EINTR { throw SystemError(attempt(), number: number) }
  }
}
