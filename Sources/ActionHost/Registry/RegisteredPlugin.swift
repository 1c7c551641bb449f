public import JourneymanActionKit
public import JourneymanBuildspec

/// A plugin whose type is no longer known: what it says of itself, and how an action of it is made.
public struct RegisteredPlugin: Sendable {
  /// Where a plugin comes from.
  public enum Origin: Sendable, Hashable, CustomStringConvertible {
    /// The agent's own code.
    case builtIn
    /// A directory with `plugin.json` and an executable.
    case external(directory: String)

    /// `the agent itself`, or the directory.
    public var description: String {
      switch self {
      case .builtIn: "the agent itself"
      case .external(let directory): directory
      }
    }
  }

  /// Carries an action out.
  public typealias Run = @Sendable (ActionSession) async throws -> ActionOutcome

  /// What it says of itself.
  public let manifest: PluginManifest
  /// Where it comes from.
  public let origin: Origin

  private let make: @Sendable (CheckedConfiguration) throws(ActionConfigurationError) -> Run

  /// Erases a built-in plugin's type.
  public init<Plugin: ActionPlugin>(_ type: Plugin.Type) {
    manifest = Plugin.manifest
    origin = .builtIn
    make = { configuration throws(ActionConfigurationError) in
      let plugin = try configuration.plugin(type)
      return { try await plugin.run(in: $0.context) }
    }
  }

  /// A plugin with a way of its own to run.
  init(
    manifest: PluginManifest, origin: Origin,
    make: @escaping @Sendable (CheckedConfiguration) throws(ActionConfigurationError) -> Run
  ) {
    self.manifest = manifest
    self.origin = origin
    self.make = make
  }

  /// Checks the configuration of an action, and makes what carries it out.
  ///
  /// - Throws: ``ActionConfigurationError`` with every mistake that can be told from the schema, else the plugin's own.
  public func prepare(_ entry: Buildspec.ActionEntry) throws(ActionConfigurationError) -> Run {
    try make(try CheckedConfiguration(entry, schema: manifest.configuration))
  }
}
