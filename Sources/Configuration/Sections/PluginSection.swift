import JourneymanSupport

/// The keys of `[plugin "NAME"]`.
enum PluginSection {
  static let keys: [KnownKey<PluginSettings.Grant>] = [
    KnownKey("sha256") { $0.sha256 = try $1.sha256() },
    KnownKey("network") { $0.network = try $1.boolean() },
    KnownKey("host") { $0.host = try $1.boolean() },
    KnownKey("env") { $0.environment += try $1.words() },
    KnownKey("secret") { $0.secrets += try $1.words() },
    KnownKey("decision") { $0.decision = try $1.string() },
  ]
}
