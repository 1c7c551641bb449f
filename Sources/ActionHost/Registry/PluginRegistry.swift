public import JourneymanActionKit
internal import JourneymanSupport

/// The plugins that actions can use, by name.
public struct PluginRegistry: Sendable {
  private var plugins: [String: RegisteredPlugin] = [:]

  /// No plugins yet.
  public init() {}

  /// All plugins by name.
  public var all: [RegisteredPlugin] { plugins.values.sorted { $0.manifest.name < $1.manifest.name } }

  /// The plugin of a name.
  public subscript(name: String) -> RegisteredPlugin? { plugins[name] }

  /// Adds a plugin that is built in.
  ///
  /// - Throws: ``PluginRegistryError`` when its manifest is wrong or its name is taken.
  public mutating func register<Plugin: ActionPlugin>(_ type: Plugin.Type) throws(PluginRegistryError) {
    try register(RegisteredPlugin(type))
  }

  /// Adds a plugin.
  ///
  /// - Throws: ``PluginRegistryError`` when its manifest is wrong or its name is taken.
  public mutating func register(_ plugin: RegisteredPlugin) throws(PluginRegistryError) {
    let manifest = plugin.manifest
    if let mistake = manifest.mistakes.first {
      throw PluginRegistryError(.manifest, "the manifest of \(plugin.origin) cannot be used: \(mistake)")
    }
    if let other = plugins[manifest.name] {
      throw PluginRegistryError(
        .conflict, "the plugin '\(manifest.name)' of \(plugin.origin) has the name of one of \(other.origin)")
    }
    plugins[manifest.name] = plugin
  }

  /// The plugin of a name.
  ///
  /// - Throws: ``PluginRegistryError`` that names the nearest one there is.
  public func plugin(named name: String) throws(PluginRegistryError) -> RegisteredPlugin {
    if let plugin = plugins[name] { return plugin }
    let known = plugins.keys.sorted()
    let hint =
      Suggestion.nearest(to: String(name.prefix(64)), among: known).map { "; did you mean '\($0)'?" }
      ?? "; 'journeyman plugin list' shows those there are"
    throw PluginRegistryError(.unknown, "there is no plugin '\(name.prefix(64))'\(hint)")
  }
}

/// A plugin that cannot be registered or found.
public struct PluginRegistryError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The manifest is wrong.
    public static let manifest = Code("manifest")
    /// The name is taken.
    public static let conflict = Code("conflict")
    /// There is no plugin of that name.
    public static let unknown = Code("unknown")
    /// The plugin's files could be changed by others, or are not those that are pinned.
    public static let untrusted = Code("untrusted")
    /// The plugin's files are missing or cannot be read.
    public static let unreadable = Code("unreadable")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened and what to do next, for people.
  public let message: String

  /// Describes a failure.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
