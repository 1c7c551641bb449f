import JourneymanSupport

/// The keys of `[secret "NAME"]`.
enum SecretSection {
  static let keys: [KnownKey<SecretSettings>] = [
    KnownKey("file") { $0.source = .file(try $1.path()) },
    KnownKey("env") { $0.source = .environment(try $1.string()) },
    KnownKey("command") { $0.source = .command(try $1.string()) },
  ]
}
