import Foundation

/// The program that a keeper starts as its worker.
public struct WorkerProgram: Sendable {
  /// The program's absolute path.
  public var executable: String
  /// The arguments that make it a worker.
  public var arguments: [String]

  /// Names a program.
  public init(executable: String, arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// The variables of this process that a worker gets: what it needs to find programs, libraries, temporary space,
  /// a proxy and an SSH agent, and none that could hold a credential for something else.
  public static func environment(of own: [String: String]) -> [String: String] {
    own.filter { name, _ in
      passedOn.contains(name) || name.hasPrefix("LC_") || name.hasPrefix("XDG_") || name.hasPrefix("SWIFT_BACKTRACE")
    }
  }

  private static let passedOn: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSH_AUTH_SOCK",
    "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
  ]
}
