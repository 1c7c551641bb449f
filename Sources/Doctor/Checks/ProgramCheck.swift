import Foundation
import JourneymanSupport

/// Programs that Journeyman starts.
enum ProgramCheck {
  /// PID 1 of sandboxes, beside this program or in `../libexec/journeyman`.
  static func initProgram() -> Finding {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let directory = (own as NSString).deletingLastPathComponent
    let places = [directory, (directory as NSString).deletingLastPathComponent + "/libexec/journeyman"]
      .map { $0 + "/journeyman-init" }
    if let found = places.first(where: { FilePermission.allows($0, X_OK) }) {
      return Finding("journeyman-init", .ok, found)
    }
    return Finding(
      "journeyman-init", .failed, "neither \(places[0]) nor \(places[1]) can be run",
      remedy: "install journeyman-init in one of these places; sandboxes cannot start without it")
  }

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
