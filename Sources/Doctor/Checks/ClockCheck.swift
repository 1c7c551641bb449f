import CLinux
import Foundation

/// The clock is right: signatures, certificates and cache ages depend on it.
enum ClockCheck {
  static func run() -> Finding {
    var status = stat()
    let installed =
      stat("/proc/self/exe", &status) == 0 ? Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec)) : nil
    let isSynchronised = journeyman_clock_is_synchronised()
    return finding(now: Date(), installed: installed, isSynchronised: isSynchronised)
  }

  /// - Parameter installed: when this program was made; a clock that shows an earlier time is wrong.
  static func finding(now: Date, installed: Date?, isSynchronised: Bool) -> Finding {
    let shown = now.formatted(.iso8601)
    if let installed, now < installed.addingTimeInterval(-86_400) {
      return Finding(
        "clock", .failed, "it is at \(shown), before this program was made", remedy: "set the clock, then start NTP")
    }
    if !isSynchronised {
      return Finding(
        "clock", .warning, "\(shown), and the kernel knows of no time source",
        remedy: "start systemd-timesyncd or chrony, unless the machine's host keeps its time")
    }
    return Finding("clock", .ok, shown)
  }
}
