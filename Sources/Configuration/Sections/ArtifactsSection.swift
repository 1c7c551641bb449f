import JourneymanSupport

/// The keys of `[artifacts "NAME"]`.
enum ArtifactsSection {
  static let keys: [KnownKey<ArtifactStoreSettings>] = [
    KnownKey("store", isRequired: true) { $0.store = try $1.storeURL() },
    KnownKey("recipient") { $0.recipients.append(try $1.string()) },
    KnownKey("format") { $0.format = try $1.choice(of: ArtifactStoreSettings.Format.self) },
    KnownKey("authorization") { $0.authorization = try $1.choice(of: ArtifactStoreSettings.Authorization.self) },
    KnownKey("username") { $0.username = try $1.string() },
    KnownKey("secret") { $0.secret = try $1.string() },
    KnownKey("caFile") { $0.caFile = try $1.path() },
    KnownKey("clientCertificate") { $0.clientCertificate = try $1.path() },
    KnownKey("clientKey") { $0.clientKey = try $1.path() },
    KnownKey("proxy") { $0.proxy = try $1.string() },
    KnownKey("attempts") { $0.attempts = Int(try $1.integer(in: 1...100)) },
    KnownKey("idleTimeout") { $0.idleSeconds = try $1.seconds() },
  ]
}
