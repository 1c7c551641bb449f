import Foundation

/// The kernel has what is needed in every mode.
enum KernelCheck {
  /// The first version with `openat2`, which keeps paths beneath a directory, and pidfds that can be waited for.
  static let oldest = [5, 6]

  static func run() -> Finding {
    var names = utsname()
    uname(&names)
    let release = withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return finding(release: release)
  }

  static func finding(release: String) -> Finding {
    let numbers = release.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    if !numbers.lexicographicallyPrecedes(oldest) { return Finding("kernel", .ok, "Linux \(release)") }
    return Finding(
      "kernel", .failed, "Linux \(release) is older than 5.6", remedy: "run on a machine with Linux 5.6 or later")
  }
}
