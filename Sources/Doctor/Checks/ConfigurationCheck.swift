import JourneymanConfiguration
import JourneymanSupport

/// agent.conf can be read and is right.
enum ConfigurationCheck {
  /// - Returns: the settings, or the defaults when the file cannot be used, so that other checks can go on.
  static func run(_ path: String?, _ environment: [String: String]) -> (Settings, Finding) {
    do throws(ConfigurationError) {
      let settings = try ConfigurationFile.load(explicit: path, environment: environment)
      let detail = settings.file ?? "there is none; the defaults are used"
      return (settings, Finding("agent.conf", .ok, detail))
    } catch {
      let finding = Finding(
        "agent.conf", .failed, error.description, remedy: "mend the file; the README explains every key")
      return (Settings(), finding)
    }
  }
}
