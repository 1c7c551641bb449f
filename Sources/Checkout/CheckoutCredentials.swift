public import JourneymanSupport

/// The credentials one checkout may use. Each is bound to what it is for: nothing is ever offered to another host.
public struct CheckoutCredentials: Sendable {
  /// A login of one web server.
  public struct Login: Sendable {
    /// What is sent in the `Authorization` header.
    public enum Authorization: Sendable {
      /// A user name and a password or token.
      case basic(user: String, password: PendingSecret)
      /// A bearer token.
      case bearer(PendingSecret)
    }

    /// The URL of the server or of something on it; the login is for its scheme, host and port alone.
    public var server: String
    /// What is sent.
    public var authorization: Authorization

    /// Binds an authorization to a server.
    public init(server: String, authorization: Authorization) {
      self.server = server
      self.authorization = authorization
    }
  }

  /// A private key for ssh.
  public struct Key: Sendable {
    /// Where the key is.
    public enum Material: Sendable {
      /// A file of this path.
      case file(String)
      /// The key's text, in OpenSSH or PEM format.
      case text(Secret)
    }

    /// Where the key is.
    public var material: Material
    /// What opens the key, when it is encrypted.
    public var passphrase: PendingSecret?
    /// The URL of the server or of something on it that the key is for; `nil` is for every server.
    public var server: String?
    /// The user to log in as, whatever the repository's URL says; `nil` leaves it to the URL.
    public var user: String?

    /// Describes a key.
    public init(_ material: Material, passphrase: PendingSecret? = nil, server: String? = nil, user: String? = nil) {
      self.material = material
      self.passphrase = passphrase
      self.server = server
      self.user = user
    }
  }

  /// Logins of web servers.
  public var logins: [Login]
  /// The key ssh shall use; `nil` leaves ssh its agent and the keys of its configuration.
  public var key: Key?

  /// Collects credentials.
  public init(logins: [Login] = [], key: Key? = nil) {
    self.logins = logins
    self.key = key
  }
}

extension CheckoutCredentials {
  /// The credentials that agent.conf names.
  ///
  /// - Parameter secret: looks up the value of a `[secret]` by its name, when a server wants it.
  public init(_ settings: Settings, secret: @escaping @Sendable (String) async throws -> Secret) {
    logins = settings.credentials.map { entry in
      let value = PendingSecret { try await secret(entry.secret) }
      let authorization: Login.Authorization =
        switch entry.authorization {
        case .basic: .basic(user: entry.username ?? "", password: value)
        case .bearer: .bearer(value)
        }
      return Login(server: entry.server, authorization: authorization)
    }
    key = settings.checkout.sshKey.map { file in
      let name = settings.checkout.sshKeyPassphrase
      return Key(.file(file), passphrase: name.map { name in PendingSecret { try await secret(name) } })
    }
  }
}
