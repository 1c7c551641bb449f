internal import CLinux
import Foundation

/// A file descriptor with one owner: closed when the owner goes out of scope.
public struct OwnedDescriptor: ~Copyable, Sendable {
  /// The descriptor's number. Valid as long as this value lives; never close it yourself.
  public let number: Int32

  /// Takes ownership of an open descriptor.
  public init(taking number: Int32) { self.number = number }

  deinit { close(number) }

  /// Gives the descriptor up: the caller closes it from now on.
  public consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }

  /// A second descriptor for the same open file, close-on-exec.
  ///
  /// - Throws: ``SystemError`` when the process has no descriptor left.
  public func duplicate() throws(SystemError) -> OwnedDescriptor {
    let attempt = "duplicate descriptor \(number)"
    return OwnedDescriptor(
      taking: try retryingInterrupts(attempt) { journeyman_duplicate_cloexec(number, 3) })
  }
}

/// A descriptor that can be kept in a collection, and shared: closed with the last reference.
public final class OwnedFile: Sendable {
  private let descriptor: OwnedDescriptor

  /// The descriptor's number. Valid as long as this object lives; never close it yourself.
  public var number: Int32 { descriptor.number }

  /// Takes a descriptor over.
  public init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
}

/// The two ends of a pipe, both close-on-exec. Set an end to `nil` to close it, `take()` it to hand it on.
public struct Pipe: ~Copyable, Sendable {
  /// The end to read from.
  public var readEnd: OwnedDescriptor?
  /// The end to write to.
  public var writeEnd: OwnedDescriptor?

  /// Makes a pipe.
  ///
  /// - Parameter capacity: bytes the kernel buffers; the kernel rounds up, and keeps its default (64 KiB) when the
  ///   user's pipe allowance is used up.
  /// - Throws: ``SystemError`` when the process has no descriptor left.
  public init(capacity: Int? = nil) throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    let result = ends.withUnsafeMutableBufferPointer { journeyman_pipe_cloexec($0.baseAddress) }
    if result < 0 { throw SystemError("make a pipe") }
    readEnd = OwnedDescriptor(taking: ends[0])
    writeEnd = OwnedDescriptor(taking: ends[1])
    if let capacity { _ = journeyman_set_pipe_size(ends[0], Int32(clamping: capacity)) }
  }
}
