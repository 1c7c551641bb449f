/// `[artifacts "NAME"]`: one place that artifacts go to.
public struct ArtifactStoreSettings: Codable, Sendable, Equatable {
  /// How artifacts are packaged.
  public enum Format: String, Codable, Sendable, CaseIterable {
    /// One zip file.
    case zip
    /// One tar file compressed with Zstandard.
    case tarZstandard = "tar.zst"
    /// The files themselves.
    case none
  }

  /// How a secret is presented to an HTTP server.
  public enum Authorization: String, Codable, Sendable, CaseIterable {
    /// `Authorization: Bearer SECRET`
    case bearer
    /// `Authorization: Basic`, with ``ArtifactStoreSettings/username``
    case basic
  }

  /// The name in the section's heading.
  public var name: String
  /// Where to: a `file:` or `https:` URL.
  public var store: String
  /// Public keys that this store's copies are sealed for; empty takes those of the command line or the default.
  public var recipients: [String] = []
  /// How artifacts are packaged.
  public var format = Format.zip
  /// How ``secret`` is presented.
  public var authorization = Authorization.bearer
  /// The user name for basic authorization.
  public var username: String?
  /// The name of the secret that authorizes uploads.
  public var secret: String?
  /// Certificate authorities for HTTPS, in PEM; `nil` is the system's.
  public var caFile: String?
  /// A client certificate in PEM.
  public var clientCertificate: String?
  /// The key of the client certificate in PEM, when it is in a file of its own.
  public var clientKey: String?
  /// The HTTP proxy's URL; `nil` is what the environment says.
  public var proxy: String?

  /// How often an upload is tried in all.
  public var attempts = 6
  /// How long a transfer may stand still, in seconds.
  public var idleSeconds = 60.0

  /// A store with the defaults.
  public init(name: String, store: String) {
    self.name = name
    self.store = store
  }
}

/// `[signing]`: who vouches for artifacts.
public struct SigningSettings: Codable, Sendable, Equatable {
  /// The Ed25519 private key that manifests are signed with; `nil` is one made on first use.
  public var key: String?
  /// Ed25519 public keys whose signatures are trusted.
  public var trusted: [String] = []

  /// The defaults.
  public init() {}
}
