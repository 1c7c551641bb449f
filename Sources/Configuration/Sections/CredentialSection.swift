import JourneymanSupport

/// The keys of `[credential "URL"]`.
enum CredentialSection {
  static let keys: [KnownKey<CredentialSettings>] = [
    KnownKey("authorization") { $0.authorization = try $1.choice(of: CredentialSettings.Authorization.self) },
    KnownKey("username") { $0.username = try $1.string() },
    KnownKey("secret", isRequired: true) { $0.secret = try $1.string() },
  ]

  /// What is wrong with the URL in the heading; `nil` when nothing is.
  static func mistake(in server: String) -> String? {
    let isWeb = ["https://", "http://"].contains { server.lowercased().hasPrefix($0) && server.count > $0.count }
    if !isWeb { return "the name of this section is the server's URL, such as https://git.example.org" }
    if URLLogin.removed(from: server) != server { return "the URL must not hold a login; use username and secret" }
    return nil
  }
}
