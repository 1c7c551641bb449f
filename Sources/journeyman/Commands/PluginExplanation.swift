import JourneymanActionHost
import JourneymanActionKit
import JourneymanSupport

/// A plugin explained to people.
struct PluginExplanation {
  private let plugin: RegisteredPlugin
  private let grant: PluginSettings.Grant

  init(_ plugin: RegisteredPlugin, _ grant: PluginSettings.Grant) {
    self.plugin = plugin
    self.grant = grant
  }

  var text: String {
    let manifest = plugin.manifest
    var lines = [
      "\(manifest.name) \(manifest.version) (\(manifest.category.rawValue), from \(plugin.origin))", manifest.summary,
      "",
      "Configuration (with:)",
    ]
    if manifest.configuration.keys.isEmpty { lines.append("  takes nothing") }
    for key in manifest.configuration.keys { lines += explain(key, indent: "  ") }
    lines += ["", "Wants"]
    let isBuiltIn = plugin.origin == .builtIn
    var wants: [String] = []
    if manifest.network { wants.append("  network" + (isBuiltIn || grant.network ? "" : missing("network = true"))) }
    if manifest.host { wants.append("  the machine itself" + (grant.host ? "" : missing("host = true"))) }
    if manifest.workspace { wants.append("  a copy of the workspace") }
    if manifest.secrets {
      wants.append("  secrets that the action names" + (isBuiltIn ? "" : " and agent.conf grants"))
    }
    for item in manifest.environment {
      let isGranted = grant.environment.contains(item.name)
      wants.append("  \(item.name): \(item.summary)" + (isGranted ? "" : missing("env = \(item.name)")))
    }
    lines += wants.isEmpty ? ["  nothing"] : wants
    lines += ["", "Outputs (ACTION_<NAME>_<KEY>)"]
    lines += manifest.outputs.isEmpty ? ["  none"] : manifest.outputs.map { "  \($0.name): \($0.summary)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private func missing(_ line: String) -> String {
    " (not granted; add '\(line)' to [plugin \"\(plugin.manifest.name)\"] in agent.conf)"
  }

  private func explain(_ key: ConfigurationKey, indent: String) -> [String] {
    let need = key.isRequired ? ", required" : key.defaultText.map { ", default: \($0)" } ?? ""
    let first = "\(indent)\(key.name): \(key.summary) (\(key.type.expectation)\(need))"
    return [first] + nested(key.type).flatMap { explain($0, indent: indent + "  ") }
  }

  private func nested(_ type: ConfigurationType) -> [ConfigurationKey] {
    switch type {
    case .object(let keys): keys
    case .list(let item), .mapping(let item): nested(item)
    default: []
    }
  }
}
