internal import JourneymanActionKit
public import JourneymanSupport

/// The plugins of one build: those built in and those that agent.conf's paths lead to.
public struct PluginCatalog: Sendable {
  /// The plugins that can be used.
  public private(set) var registry: PluginRegistry
  /// Why plugins that were found cannot be used, by name.
  public private(set) var refusals: [String: PluginRegistryError] = [:]
  /// What each plugin is granted.
  private let grants: [String: PluginSettings.Grant]

  /// Takes the built-in plugins and looks for external ones.
  ///
  /// - Parameters:
  ///   - builtIn: the plugins that are part of the program.
  ///   - settings: where external ones are, and what each is granted.
  ///   - workspaces: directories from which nothing is ever loaded.
  public init(builtIn: PluginRegistry, settings: PluginSettings, workspaces: [String] = []) {
    registry = builtIn
    grants = Dictionary(settings.grants.map { ($0.name, $0) }) { $1 }
    for found in PluginDiscovery(settings: settings, workspaces: workspaces).run() {
      switch found {
      case .plugin(let plugin):
        do throws(PluginRegistryError) {
          try registry.register(plugin)
        } catch {
          refusals[plugin.manifest.name] = error
        }
      case .refused(let name, let error): refusals[name] = error
      }
    }
  }

  /// What a plugin is granted; nothing when agent.conf does not name it.
  public func grant(of name: String) -> PluginSettings.Grant { grants[name] ?? PluginSettings.Grant(name: name) }

  /// The plugin of a name.
  ///
  /// - Throws: ``PluginRegistryError`` that says why it cannot be used, or names the nearest one there is.
  public func plugin(named name: String) throws(PluginRegistryError) -> RegisteredPlugin {
    if registry[name] == nil, let refusal = refusals[name] { throw refusal }
    return try registry.plugin(named: name)
  }
}
