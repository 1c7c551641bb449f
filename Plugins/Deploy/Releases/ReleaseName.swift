import Foundation
import JourneymanActionKit

/// The names of releases: `20261121-083012-417-b17`, the time in UTC to the millisecond and the build's number. They
/// sort by time and are the only names in `releases` that a deployment ever removes.
enum ReleaseName {
  static func make(at date: Date, build: Int) -> String {
    let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: Int, _ digits: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    let day = padded(Int(parts.tm_year) + 1900, 4) + padded(Int(parts.tm_mon) + 1, 2) + padded(Int(parts.tm_mday), 2)
    let clock = padded(Int(parts.tm_hour), 2) + padded(Int(parts.tm_min), 2) + padded(Int(parts.tm_sec), 2)
    return "\(day)-\(clock)-\(padded(Int(milliseconds % 1000), 3))-b\(max(0, build))"
  }
}
