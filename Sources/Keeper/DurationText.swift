import Foundation

/// Durations for people.
enum DurationText {
  /// `0.4 s`, `12.3 s`, `2 min 5 s`, `1 h 1 min`.
  static func seconds(_ seconds: Double) -> String {
    let tenths = Int((max(0, seconds.isFinite ? min(seconds, 1e9) : 0) * 10).rounded())
    if tenths < 600 { return "\(tenths / 10).\(tenths % 10) s" }
    let whole = (tenths + 5) / 10
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
