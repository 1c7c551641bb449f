import JourneymanActionKit

/// What the configuration says of machines that are reached over ssh.
struct SecureShellSettings: Sendable {
  /// Where the private key comes from.
  enum Identity: Sendable {
    /// A secret of the action.
    case secret(String)
    /// A file of this machine.
    case file(String)
  }

  /// Where the keys of the machines come from.
  enum KnownHosts: Sendable {
    /// `/etc/ssh/ssh_known_hosts`
    case system
    /// Lines of the buildspec.
    case lines(String)
    /// A file of the workspace.
    case file(String)
  }

  let hosts: [HostAddress]
  let user: String?
  let strategy: RolloutStrategy
  let identity: Identity
  /// The name of a secret.
  let passphrase: String?
  let knownHosts: KnownHosts

  private static let mostHosts = 1_000

  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  init(_ configuration: DeployConfiguration) throws(PluginConfigurationError) {
    if let port = configuration.port, !(1...65_535).contains(port) {
      throw PluginConfigurationError("port", "must be 1 to 65535")
    }
    hosts = try Self.hosts(configuration.hosts?.items ?? [], port: configuration.port)
    if let name = configuration.user { user = try HostAddress.user(name, key: "user") } else { user = nil }
    strategy = try RolloutStrategy(configuration.strategy ?? "serial")
    switch (configuration.identity, configuration.identityFile) {
    case (let name?, nil): identity = .secret(name)
    case (nil, let path?):
      if !path.hasPrefix("/") || path.utf8.contains(0) {
        throw PluginConfigurationError("identity-file", "must be the absolute path of a file of this machine")
      }
      identity = .file(path)
    case (nil, nil): throw PluginConfigurationError("identity", "name the secret that holds the private key")
    case (_?, _?): throw PluginConfigurationError("identity-file", "stands beside 'identity'; one of them is enough")
    }
    passphrase = configuration.passphrase
    switch (configuration.knownHosts, configuration.knownHostsFile) {
    case (nil, nil): knownHosts = .system
    case (let lines?, nil): knownHosts = .lines(lines)
    case (nil, let path?): knownHosts = .file(path)
    case (_?, _?):
      throw PluginConfigurationError("known-hosts-file", "stands beside 'known-hosts'; one of them is enough")
    }
  }

  private static func hosts(_ texts: [String], port: Int?) throws(PluginConfigurationError) -> [HostAddress] {
    if texts.isEmpty { throw PluginConfigurationError("hosts", "name the machines to deploy to") }
    if texts.count > mostHosts { throw PluginConfigurationError("hosts", "has more than \(mostHosts) machines") }
    var hosts: [HostAddress] = []
    var names: Set<String> = []
    for (index, text) in texts.enumerated() {
      let host = try HostAddress(text, key: "hosts.\(index)", defaultPort: port)
      if !names.insert(host.name).inserted {
        throw PluginConfigurationError("hosts.\(index)", "\(host.name) stands there twice")
      }
      hosts.append(host)
    }
    return hosts
  }
}
