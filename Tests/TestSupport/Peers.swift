import Foundation
import JourneymanSupport

/// Servers and clients that packages are published to and fetched by; `.ci/setup` installs them.
public enum Peers {
  /// Where `.ci/setup` puts what comes from PyPI.
  public static let python = "/opt/journeyman-peers/bin"

  /// Whether a test can do without skipping: in CI a missing peer fails it.
  public static func areFound(_ programs: String...) -> Bool {
    StandardPaths.processEnvironment["CI"] == "true" || programs.allSatisfy { find($0) != nil }
  }

  /// Whether Debian's Maven repository has a plugin; in CI it has.
  public static func hasMavenPlugin(_ plugin: String) -> Bool {
    StandardPaths.processEnvironment["CI"] == "true"
      || access("/usr/share/maven-repo/org/apache/maven/plugins/\(plugin)", F_OK) == 0
  }

  /// An absolute path.
  public static func find(_ program: String) -> String? {
    access("\(python)/\(program)", X_OK) == 0 ? "\(python)/\(program)" : TestProgram.find(program)
  }
}
