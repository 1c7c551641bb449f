import Foundation
public import JourneymanSupport

/// Reads agent.conf, strictly: every unknown section or key and every wrong value is reported, with file and line.
public enum ConfigurationFile {
  /// Finds the file to use and reads it; the defaults when there is none.
  ///
  /// The first of these counts: `explicit`, the variable `JOURNEYMAN_CONFIG`, `journeyman/agent.conf` in the user's
  /// configuration directory, `/etc/journeyman/agent.conf`. The working directory is not searched: a checkout is
  /// not to be trusted with commands that produce secrets.
  ///
  /// - Parameter explicit: the path given by `--config`.
  /// - Throws: ``ConfigurationError``
  public static func load(
    explicit: String? = nil, environment: [String: String] = StandardPaths.processEnvironment
  ) throws(ConfigurationError) -> Settings {
    guard let path = locate(explicit: explicit, environment: environment) else { return Settings() }
    return try read(path)
  }

  /// The path of the file that ``load(explicit:environment:)`` reads; it need not exist when it was asked for by name.
  public static func locate(
    explicit: String? = nil, environment: [String: String] = StandardPaths.processEnvironment
  ) -> String? {
    if let named = explicit ?? environment["JOURNEYMAN_CONFIG"].flatMap({ $0.isEmpty ? nil : $0 }) {
      return StandardPaths.resolve(named, relativeTo: FileManager.default.currentDirectoryPath)
    }
    let candidates = [
      StandardPaths.configurationDirectory(environment) + "/agent.conf", StandardPaths.systemConfiguration,
    ]
    return candidates.first { access($0, F_OK) == 0 }
  }

  /// Reads one file.
  ///
  /// - Parameter path: an absolute path.
  /// - Throws: ``ConfigurationError`` with every problem of the file.
  public static func read(_ path: String) throws(ConfigurationError) -> Settings {
    let lines: LineIndex
    do throws(SystemError) {
      lines = try LineIndex(file: path)
    } catch {
      throw ConfigurationError(.unreadable, [.init(file: path, error.description)], underlying: error)
    }
    for file in lines.files { try refuseIfOthersMayWrite(file) }
    var assembler = SettingsAssembler(file: path, lines: lines)
    assembler.take(try GitConfigurationReader.entries(of: path))
    return try assembler.finish()
  }

  /// agent.conf can name commands that are run, so whoever may write it may act as the agent.
  private static func refuseIfOthersMayWrite(_ path: String) throws(ConfigurationError) {
    var status = stat()
    if stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      throw ConfigurationError(.unsafe, [.init(file: path, "this is not a regular file")])
    }
    if status.st_mode & S_IWOTH != 0 {
      throw ConfigurationError(
        .unsafe, [.init(file: path, "every user of this machine may change this file; run: chmod o-w '\(path)'")])
    }
  }
}
