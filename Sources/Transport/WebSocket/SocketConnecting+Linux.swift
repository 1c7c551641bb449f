internal import CLinux
internal import Foundation
internal import JourneymanSupport

/// Connects sockets.
enum SocketConnecting {
  /// A connected socket that does not block.
  ///
  /// The addresses of the name are tried in turn, as the resolver orders them; none but the last takes more than half of
  /// the time that is left.
  ///
  /// - Throws: ``TransportError``.
  static func connect(
    _ origin: WebAddress.Origin, until deadline: ContinuousClock.Instant
  ) throws(TransportError) -> OwnedDescriptor {
    // An IPv6 address stands in brackets.
    let host = origin.host.hasPrefix("[") ? String(origin.host.dropFirst().dropLast()) : origin.host
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = Int32(AI_ADDRCONFIG) | Int32(AI_NUMERICSERV)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, origin.port, &hints, &list)
    guard code == 0, list != nil else {
      throw TransportError(.cannotResolve, "\(origin) cannot be found: \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(list) }
    var reason = ""
    var next = list
    while let address = next {
      next = address.pointee.ai_next
      let left = ContinuousClock.now.duration(to: deadline)
      if left <= .zero { break }
      do throws(SystemError) {
        return try connect(address.pointee, within: next == nil ? left : left / 2)
      } catch {
        reason = error.number == ETIMEDOUT ? "it did not answer in time" : error.reason
      }
    }
    throw TransportError(
      .cannotConnect, "\(origin) cannot be reached: \(reason.isEmpty ? "it did not answer in time" : reason)")
  }

  private static func connect(
    _ address: addrinfo, within time: Duration
  ) throws(SystemError) -> OwnedDescriptor {
    let number = socket(
      address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
      address.ai_protocol)
    if number < 0 { throw SystemError("make a socket") }
    let descriptor = OwnedDescriptor(taking: number)
    var yes: Int32 = 1
    setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    setsockopt(number, SOL_SOCKET, SO_KEEPALIVE, &yes, socklen_t(MemoryLayout<Int32>.size))
    if Foundation.connect(number, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
    if errno != EINPROGRESS && errno != EINTR { throw SystemError("connect") }
    if !wait(number, for: Int16(POLLOUT), time) { throw SystemError("connect", number: ETIMEDOUT) }
    var problem: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(number, SOL_SOCKET, SO_ERROR, &problem, &length)
    if problem != 0 { throw SystemError("connect", number: problem) }
    return descriptor
  }

  /// - Returns: whether it happened in time.
  static func wait(_ descriptor: Int32, for events: Int16, _ time: Duration) -> Bool {
    let deadline = ContinuousClock.now + time
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      if left <= .zero { return false }
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let count = poll(&entry, 1, Int32(clamping: Int(left.seconds * 1000) + 1))
      if count > 0 { return true }
      if count < 0 && errno != EINTR { return false }
    }
  }
}
