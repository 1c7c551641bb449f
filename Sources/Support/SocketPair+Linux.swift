import Foundation

/// Two connected stream sockets of this machine, both close-on-exec. `take()` an end to hand it on.
public struct SocketPair: ~Copyable, Sendable {
  /// One end.
  public var first: OwnedDescriptor?
  /// The other end.
  public var second: OwnedDescriptor?

  /// Makes a connected pair.
  ///
  /// - Throws: ``SystemError`` when the process has no descriptor left.
  public init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let result = ends.withUnsafeMutableBufferPointer { socketpair(AF_UNIX, type, 0, $0.baseAddress) }
    if result < 0 { throw SystemError("make a pair of sockets") }
    first = OwnedDescriptor(taking: ends[0])
    second = OwnedDescriptor(taking: ends[1])
  }
}
