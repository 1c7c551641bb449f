internal import Foundation
internal import JourneymanSupport

/// What the agent tells the service manager that started it (`sd_notify(3)`): datagrams to the socket that
/// `NOTIFY_SOCKET` names. Without one, nothing is said.
struct ServiceNotification: Sendable {
  private let address: String?
  /// How often the watchdog wants to hear of the agent; `nil` when there is none.
  let watchdogInterval: Duration?

  init(_ environment: [String: String] = StandardPaths.processEnvironment) {
    address = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
    let microseconds = isMeant ? environment["WATCHDOG_USEC"].flatMap { Int64($0) } : nil
    // Twice as often as asked for, as the manual advises.
    watchdogInterval = microseconds.map { .microseconds(max(1000, $0 / 2)) }
  }

  /// Says lines such as `READY=1`. That nobody listens is no error.
  func say(_ lines: String...) {
    guard let address else { return }
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, type, 0)
    if descriptor < 0 { return }
    defer { close(descriptor) }
    var place = sockaddr_un()
    place.sun_family = sa_family_t(AF_UNIX)
    var path = Array(address.utf8)
    let room = MemoryLayout.size(ofValue: place.sun_path)
    if path.count >= room { return }
    // An abstract name begins with a zero.
    if path[0] == UInt8(ascii: "@") { path[0] = 0 }
    withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size - room + path.count)
    let text = Array(lines.joined(separator: "\n").utf8)
    withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        _ = sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), generic, length)
      }
    }
  }
}
