import JourneymanSupport

/// The keys of `[plugins]`.
enum PluginsSection {
  static let keys: [KnownKey<PluginSettings>] = [
    KnownKey("path") { $0.path.append(try $1.path()) }
  ]
}
