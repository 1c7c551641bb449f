internal import Foundation
internal import JourneymanSupport

/// Ports of 127.0.0.1 for servers that cannot choose one by themselves.
public enum LocalPort {
  private static func withAddress<Result>(
    _ port: Int, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
  }

  /// A port that nobody has at the moment.
  ///
  /// - Throws: `SystemError`.
  public static func free() throws -> Int {
    let socket = OwnedDescriptor(
      taking: try retryingInterrupts("make a socket") { Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    let port = withAddress(0) { address, length -> Int in
      guard bind(socket.number, address, length) == 0, getsockname(socket.number, address, &length) == 0 else {
        return 0
      }
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        Int(UInt16(bigEndian: $0.pointee.sin_port))
      }
    }
    if port == 0 { throw SystemError("find a free port") }
    return port
  }

  /// Waits until somebody listens.
  ///
  /// - Throws: `SystemError` when nobody does for ten seconds.
  public static func waitUntilSomebodyListens(_ port: Int) async throws {
    for _ in 0..<400 {
      let socket = OwnedDescriptor(taking: Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
      if withAddress(port, { connect(socket.number, $0, $1) }) == 0 { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw SystemError("reach port \(port)", number: ECONNREFUSED)
  }
}
