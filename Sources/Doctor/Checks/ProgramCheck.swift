import Foundation
import JourneymanSupport

/// Programs that Journeyman starts.
enum ProgramCheck {
  /// Programs that only some builds need.
  static func tools(_ environment: [String: String]) -> [Finding] {
    [
      tool("ssh", "checkouts over SSH need it", package: "openssh-client", environment),
      tool("git", "builds that call git need it; checkouts do not", package: "git", environment),
    ]
  }

  static func tool(_ name: String, _ use: String, package: String, _ environment: [String: String]) -> Finding {
    let directories = (environment["PATH"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }
    if let found = directories.map({ "\($0)/\(name)" }).first(where: { FilePermission.allows($0, X_OK) }) {
      return Finding(name, .ok, found)
    }
    return Finding(
      name, .warning, "not found on the search path; \(use)",
      remedy: "install it, on Debian: apt-get install \(package)")
  }
}
