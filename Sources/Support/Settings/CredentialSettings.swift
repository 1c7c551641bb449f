/// `[credential "URL"]`: how checkouts log in to a web server.
public struct CredentialSettings: Codable, Sendable, Equatable {
  /// How the secret is presented.
  public enum Authorization: String, Codable, Sendable, CaseIterable {
    /// `Authorization: Basic`, with ``CredentialSettings/username``
    case basic
    /// `Authorization: Bearer SECRET`
    case bearer
  }

  /// The URL in the section's heading; scheme, host and port of it count.
  public var server: String
  /// How the secret is presented.
  public var authorization = Authorization.basic
  /// The user name for basic authorization; servers that take tokens mostly ignore it.
  public var username: String?
  /// The name of the secret: a password or a token.
  public var secret: String

  /// A login with the defaults.
  public init(server: String, secret: String) {
    self.server = server
    self.secret = secret
  }
}
