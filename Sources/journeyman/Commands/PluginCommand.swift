import Foundation
import JourneymanActionHost
import JourneymanActionKit
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanSandbox
import JourneymanSupport

/// `journeyman plugin`
enum PluginCommand {
  static let configuration = Declare.option(
    "config", "FILE", help: "The agent.conf to use instead of the user's or the system's.")
  private static let json = Declare.flag("json", help: "Print one JSON value instead of lines for people.")

  static let definition = CommandDefinition(
    "plugin", summary: "Show, make and check the plugins that carry actions out.",
    discussion: """
      Plugins are built in, or programs in directories that 'path' of [plugins] in agent.conf leads to. A buildspec \
      uses them by name in its list 'actions'.
      """,
    subcommands: [list, describe, NewPluginCommand.definition, CheckPluginCommand.definition])

  private static let list = CommandDefinition(
    "list", summary: "List the plugins there are.",
    discussion: "A plugin that was found and cannot be used is listed with the reason.",
    arguments: [json, configuration],
    examples: [.init("journeyman plugin list", "See what actions can use.")]
  ) { arguments in
    let catalog = try catalog(arguments)
    if try arguments[json] {
      try Console.print(try encoded(catalog.registry.all.map(Description.init)))
    } else {
      let width = catalog.registry.all.map(\.manifest.name.count).max() ?? 0
      for plugin in catalog.registry.all {
        let manifest = plugin.manifest
        let name = manifest.name.padding(toLength: width, withPad: " ", startingAt: 0)
        let origin = plugin.origin == .builtIn ? "built in" : "\(plugin.origin)"
        try Console.print("\(name)  \(manifest.category.rawValue), \(manifest.version), \(origin): \(manifest.summary)")
      }
      for (name, refusal) in catalog.refusals.sorted(by: { $0.key < $1.key }) {
        Console.report("journeyman: the plugin '\(name)' cannot be used: \(refusal)")
      }
    }
    return .success
  }

  private static let name = Declare.operand("NAME", help: "The plugin.")

  private static let describe = CommandDefinition(
    "describe", summary: "Explain a plugin: its configuration, what it wants and what it gives.",
    arguments: [json, configuration, name],
    examples: [.init("journeyman plugin describe approval", "See what stands under 'with:'.")]
  ) { arguments in
    let catalog = try catalog(arguments)
    do {
      let plugin = try catalog.plugin(named: try arguments[name])
      if try arguments[json] {
        try Console.print(try encoded(Description(plugin)))
      } else {
        try Console.write(PluginExplanation(plugin, catalog.grant(of: plugin.manifest.name)).text)
      }
    } catch let error as PluginRegistryError {
      throw CommandFailure(.usage, "\(error)")
    }
    return .success
  }

  /// What `--json` prints for each plugin.
  private struct Description: Encodable {
    let origin: String
    let manifest: PluginManifest

    init(_ plugin: RegisteredPlugin) {
      origin = plugin.origin == .builtIn ? "builtIn" : "\(plugin.origin)"
      manifest = plugin.manifest
    }
  }

  private static func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func catalog(_ arguments: ParsedArguments) throws -> PluginCatalog {
    let settings = try ConfigurationFile.load(explicit: arguments[configuration])
    return PluginCatalog(builtIn: try BuiltInPlugins.registry(), settings: settings.plugins)
  }
}
