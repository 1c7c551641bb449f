import Foundation

/// The socket `control` in a directory, for messages between processes of this machine. It is reached through a
/// descriptor of the directory, because the path of a socket may have at most 107 bytes.
public enum LocalSocket {
  private static let name = "control"

  /// The socket's path, for its mode.
  public static func path(in directory: String) -> String { directory + "/" + name }

  /// Listens, in the place of what an earlier process has left.
  ///
  /// - Parameter directory: of whoever may connect: the directory's mode is the only guard.
  /// - Throws: ``SystemError``
  public static func listen(in directory: String) throws(SystemError) -> OwnedDescriptor {
    let socket = try make()
    try withAddress(in: directory) { address, length throws(SystemError) in
      unlink(path(in: directory))
      try retryingInterrupts("make a socket in \(directory)") { bind(socket.number, address, length) }
    }
    try retryingInterrupts("listen in \(directory)") { Foundation.listen(socket.number, 4) }
    return socket
  }

  /// Connects to whoever listens.
  ///
  /// - Throws: ``SystemError``, with `ECONNREFUSED` or `ENOENT` when nobody does.
  public static func connect(in directory: String) throws(SystemError) -> OwnedDescriptor {
    let socket = try make()
    try withAddress(in: directory) { address, length throws(SystemError) in
      try retryingInterrupts("reach the socket in \(directory)") { Foundation.connect(socket.number, address, length) }
    }
    return socket
  }

  private static func make() throws(SystemError) -> OwnedDescriptor {
    let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    return OwnedDescriptor(taking: try retryingInterrupts("make a socket") { socket(AF_UNIX, type, 0) })
  }

  private static func withAddress(
    in directory: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
  ) throws(SystemError) {
    let place = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("/proc/self/fd/\(place.number)/\(name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        Result { () throws(SystemError) in try body(generic, socklen_t(MemoryLayout<sockaddr_un>.size)) }
      }
    }
    try result.get()
  }
}
