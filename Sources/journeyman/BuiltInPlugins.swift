import ApprovalAction
import DeployAction
import DocsAction
import JourneymanActionHost
import PackageAction
import TestAction

/// The plugins that this program brings along: the one place that names them.
enum BuiltInPlugins {
  /// A registry that holds them.
  ///
  /// - Throws: `PluginRegistryError` when two have the same name or a manifest is wrong.
  static func registry() throws -> PluginRegistry {
    var registry = PluginRegistry()
    try registry.register(ApprovalAction.self)
    try registry.register(DeployAction.self)
    try registry.register(DocsAction.self)
    try registry.register(PackageAction.self)
    try registry.register(TestAction.self)
    return registry
  }
}
