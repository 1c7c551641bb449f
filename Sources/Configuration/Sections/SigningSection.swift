import JourneymanSupport

/// The keys of `[signing]`.
enum SigningSection {
  static let keys: [KnownKey<SigningSettings>] = [
    KnownKey("key") { $0.key = try $1.path() },
    KnownKey("trusted") { $0.trusted.append(try $1.string()) },
  ]
}
