import Foundation
import JourneymanActionKit

/// What the configuration says of releases, for the targets that keep them side by side.
struct ReleaseSettings: Sendable {
  let path: String
  let keep: Int
  let restart: String?
  let check: HealthCheck?

  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  init(_ configuration: DeployConfiguration) throws(PluginConfigurationError) {
    guard let path = configuration.path else {
      throw PluginConfigurationError("path", "say which directory holds the releases")
    }
    self.path = try Self.checked(path)
    keep = configuration.keep ?? 5
    if !(1...1000).contains(keep) { throw PluginConfigurationError("keep", "must be 1 to 1000") }
    restart = try Self.command(configuration.restart, "restart")
    check = try Self.check(configuration)
  }

  /// The plan of one deployment.
  func plan(for context: ActionContext) -> ReleasePlan {
    ReleasePlan(
      release: ReleaseName.make(at: Date(), build: context.build.number), token: UUID().uuidString, path: path,
      keep: keep, restart: restart, check: check)
  }

  private static func check(_ configuration: DeployConfiguration) throws(PluginConfigurationError) -> HealthCheck? {
    let (attempts, interval) = (configuration.healthAttempts ?? 1, configuration.healthInterval?.seconds ?? 2)
    let timeout = configuration.healthTimeout?.seconds ?? 60
    guard let command = try command(configuration.healthCheck, "health-check") else {
      let others = [
        ("health-attempts", configuration.healthAttempts != nil),
        ("health-interval", configuration.healthInterval != nil),
        ("health-timeout", configuration.healthTimeout != nil),
      ]
      if let key = others.first(where: \.1)?.0 { throw PluginConfigurationError(key, "needs 'health-check'") }
      return nil
    }
    if !(1...1000).contains(attempts) { throw PluginConfigurationError("health-attempts", "must be 1 to 1000") }
    if !(0...3600).contains(interval) { throw PluginConfigurationError("health-interval", "must be at most an hour") }
    if !(1...86_400).contains(timeout) {
      throw PluginConfigurationError("health-timeout", "must be a second to a day")
    }
    return HealthCheck(command: command, attempts: attempts, interval: interval, timeout: timeout)
  }

  private static func command(_ text: String?, _ key: String) throws(PluginConfigurationError) -> String? {
    guard let text else { return nil }
    if text.allSatisfy(\.isWhitespace) { throw PluginConfigurationError(key, "is empty") }
    if text.utf8.contains(0) || text.utf8.count > 16_384 {
      throw PluginConfigurationError(key, "must be a command line of at most 16 KiB without zero bytes")
    }
    return text
  }

  /// - Returns: the path without slashes at its end.
  private static func checked(_ path: String) throws(PluginConfigurationError) -> String {
    let parts = path.split(separator: "/")
    if !path.hasPrefix("/") || parts.isEmpty || parts.contains("..") || parts.contains(".") {
      throw PluginConfigurationError("path", "must be an absolute path other than / without '.' and '..'")
    }
    if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) || path.utf8.count > 2_000 {
      throw PluginConfigurationError("path", "must not have control characters, or more than 2000 bytes")
    }
    return "/" + parts.joined(separator: "/")
  }
}

extension TimeSpan {
  /// Whole seconds, rounded up.
  var seconds: Int {
    let (seconds, rest) = duration.components
    return Int(seconds) + (rest > 0 ? 1 : 0)
  }
}
