import Foundation

/// Messages with open descriptors between processes of this machine, over a socket that keeps messages apart
/// (`unix(7)`, `SCM_RIGHTS`).
public enum DescriptorMessages {
  /// The longest message, in bytes.
  public static let longest = 256 << 10
  /// The most descriptors that go with one.
  public static let mostDescriptors = 8

  /// What came.
  public struct Received: Sendable {
    /// The message.
    public let bytes: [UInt8]
    /// What came with it.
    public let descriptors: [OwnedFile]
  }

  /// Two connected sockets, both close-on-exec.
  ///
  /// - Throws: ``SystemError`` when the process has no descriptor left.
  public static func pair() throws(SystemError) -> (OwnedFile, OwnedFile) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try retryingInterrupts("make a pair of sockets") { socketpair(AF_UNIX, type, 0, &ends) }
    return (OwnedFile(OwnedDescriptor(taking: ends[0])), OwnedFile(OwnedDescriptor(taking: ends[1])))
  }

  /// Makes room for the longest message on its way. Both sides do so for what they send.
  public static func prepare(_ socket: Int32) {
    var size = Int32(longest)
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  }

  private static let header = MemoryLayout<cmsghdr>.size
  /// Room for the header and the most descriptors.
  private static let room = header + mostDescriptors * 4

  /// Calls the kernel with a message whose parts these are.
  private static func withMessage(
    _ content: inout [UInt8], _ control: inout [Int], _ body: (inout msghdr) -> Int
  ) -> Int {
    content.withUnsafeMutableBytes { content in
      control.withUnsafeMutableBytes { control in
        var part = iovec(iov_base: content.baseAddress, iov_len: content.count)
        return withUnsafeMutablePointer(to: &part) { part in
          var message = msghdr()
          message.msg_iov = part
          message.msg_iovlen = 1
          message.msg_control = control.baseAddress
          message.msg_controllen = room
          return body(&message)
        }
      }
    }
  }

  /// Sends a message; blocks while the peer does not read.
  ///
  /// - Parameter descriptors: borrowed until the call returns.
  /// - Throws: ``SystemError``: `EPIPE` when the peer is gone, `EMSGSIZE` when the message is too long.
  public static func send(_ bytes: [UInt8], with descriptors: [Int32] = [], to socket: Int32) throws(SystemError) {
    if bytes.count > longest || descriptors.count > mostDescriptors {
      throw SystemError("send a message of \(bytes.count) bytes", number: EMSGSIZE)
    }
    var content = bytes
    var control = [Int](repeating: 0, count: room / 8 + 1)
    let length = header + descriptors.count * 4
    control.withUnsafeMutableBytes { control in
      var head = cmsghdr()
      head.cmsg_len = length
      head.cmsg_level = SOL_SOCKET
      head.cmsg_type = Int32(SCM_RIGHTS)
      control.storeBytes(of: head, as: cmsghdr.self)
      for (index, number) in descriptors.enumerated() {
        control.storeBytes(of: number, toByteOffset: header + index * 4, as: Int32.self)
      }
    }
    try retryingInterrupts("send a message") {
      withMessage(&content, &control) { message in
        message.msg_controllen = descriptors.isEmpty ? 0 : length
        return sendmsg(socket, &message, Int32(MSG_NOSIGNAL))
      }
    }
  }

  /// Waits for the next message.
  ///
  /// - Returns: `nil` when the peer has closed its end.
  /// - Throws: ``SystemError``: `EMSGSIZE` for one that is too long; what came with it is closed then.
  public static func receive(from socket: Int32) throws(SystemError) -> Received? {
    var content = [UInt8](repeating: 0, count: longest)
    var control = [Int](repeating: 0, count: room / 8 + 1)
    var (flags, length) = (0 as Int32, 0)
    let count = try retryingInterrupts("receive a message") {
      withMessage(&content, &control) { message in
        let count = recvmsg(socket, &message, Int32(MSG_CMSG_CLOEXEC))
        (flags, length) = (message.msg_flags, message.msg_controllen)
        return count
      }
    }
    // The kernel puts all descriptors of a message into one header, and nothing else was asked for.
    let descriptors = control.withUnsafeBytes { control -> [OwnedFile] in
      guard length >= header else { return [] }
      let head = control.load(as: cmsghdr.self)
      guard head.cmsg_level == SOL_SOCKET, head.cmsg_type == Int32(SCM_RIGHTS) else { return [] }
      return stride(from: header, to: min(head.cmsg_len, length), by: 4).map {
        OwnedFile(OwnedDescriptor(taking: control.load(fromByteOffset: $0, as: Int32.self)))
      }
    }
    if count == 0 && descriptors.isEmpty { return nil }
    if flags & Int32(MSG_TRUNC | MSG_CTRUNC) != 0 { throw SystemError("receive a message", number: EMSGSIZE) }
    return Received(bytes: Array(content[..<count]), descriptors: descriptors)
  }
}
