import Foundation
import JourneymanBuildspec

/// The shell that runs a build's commands.
enum BuildShell {
  /// The absolute path of the shell that a buildspec asks for; `sh` when it says nothing, as on CodeBuild.
  ///
  /// - Throws: ``BuildError`` when this machine does not have it.
  static func path(_ wanted: Buildspec.Environment.Shell?) throws -> String {
    switch wanted {
    case nil, .sh: return "/bin/sh"
    case .bash:
      guard let path = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"].first(where: isExecutable) else {
        throw BuildError(.unsupported, "env.shell asks for bash, which is not installed on this machine")
      }
      return path
    case .powershell, .cmd:
      throw BuildError(
        .buildspec, "env.shell asks for \(wanted?.rawValue ?? ""), which runs on Windows only; use bash or /bin/sh")
    }
  }

  private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }
}
