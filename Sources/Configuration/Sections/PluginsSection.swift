import JourneymanSupport

/// The keys of `[plugins]`.
enum PluginsSection {
  static let keys: [KnownKey<PluginSettings>] = [
    KnownKey("path") { $0.path.append(try $1.path()) },
    KnownKey("caFile") { $0.caFile = try $1.path() },
    KnownKey("proxy") { $0.proxy = try $1.string() },
  ]
}
