import Foundation

/// Where Journeyman keeps its files when nobody says otherwise, by the XDG base directory rules.
public enum StandardPaths {
  /// The system's configuration, for agents that run as a service.
  public static let systemConfiguration = "/etc/journeyman/agent.conf"

  /// The user's configuration directory: agent.conf and the identity that artifacts are sealed for.
  public static func configurationDirectory(_ environment: [String: String] = processEnvironment) -> String {
    directory(environment["XDG_CONFIG_HOME"], orHome: ".config", environment)
  }

  /// The user's state directory: results, logs and what is in progress.
  public static func stateDirectory(_ environment: [String: String] = processEnvironment) -> String {
    directory(environment["XDG_STATE_HOME"], orHome: ".local/state", environment)
  }

  /// The user's cache directory: mirrors, build caches and build homes, which can be made again.
  public static func cacheDirectory(_ environment: [String: String] = processEnvironment) -> String {
    directory(environment["XDG_CACHE_HOME"], orHome: ".cache", environment)
  }

  /// The home directory: `HOME`, else the one of the user database.
  public static func home(_ environment: [String: String] = processEnvironment) -> String {
    if let home = environment["HOME"], home.hasPrefix("/") { return home }
    return ofUser(geteuid()) { String(cString: $0.pw_dir) } ?? "/"
  }

  /// The name of the user this process acts for, by the user database; the number when it has none there.
  public static func userName() -> String {
    ofUser(geteuid()) { String(cString: $0.pw_name) } ?? String(geteuid())
  }

  /// The directory for temporary files: `TMPDIR`, else `/tmp`.
  public static func temporaryDirectory(_ environment: [String: String] = processEnvironment) -> String {
    environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
  }

  private static func ofUser(_ number: uid_t, _ value: (passwd) -> String) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var text = [CChar](repeating: 0, count: 16 << 10)
    guard getpwuid_r(number, &entry, &text, text.count, &found) == 0, found != nil else { return nil }
    return text.withUnsafeBufferPointer { _ in value(entry) }
  }

  /// Replaces a leading `~/` by the home directory and makes a relative path absolute.
  ///
  /// - Parameter base: the directory that relative paths start from.
  public static func resolve(
    _ path: String, relativeTo base: String, _ environment: [String: String] = processEnvironment
  ) -> String {
    if path == "~" { return home(environment) }
    if path.hasPrefix("~/") { return home(environment) + path.dropFirst(1) }
    if path.hasPrefix("/") { return path }
    return base.hasSuffix("/") ? base + path : base + "/" + path
  }

  /// The environment this process was started with.
  public static var processEnvironment: [String: String] { ProcessInfo.processInfo.environment }

  /// The base directory specification says that a relative path in its variables is to be ignored.
  private static func directory(
    _ configured: String?, orHome fallback: String, _ environment: [String: String]
  ) -> String {
    let base = configured.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home(environment) + "/" + fallback
    return base + "/journeyman"
  }
}
