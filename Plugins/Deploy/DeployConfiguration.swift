import JourneymanActionKit

/// What stands under `with:` of an action that uses `deploy`. Which keys may stand there depends on `target`.
public struct DeployConfiguration: Decodable, Sendable {
  /// Where to deploy to.
  enum Target: String, Decodable, Sendable, CaseIterable {
    case directory
    case appspec
    case ssh
    case http
  }

  var target: Target
  var source: String?
  // Releases
  var path: String?
  var keep: Int?
  var restart: String?
  var healthCheck: String?
  var healthAttempts: Int?
  var healthInterval: TimeSpan?
  var healthTimeout: TimeSpan?
  // Other machines
  var hosts: OneOrMore<String>?
  var user: String?
  var port: Int?
  var strategy: String?
  var identity: String?
  var identityFile: String?
  var passphrase: String?
  var knownHosts: String?
  var knownHostsFile: String?
  // Servers
  var upload: String?
  var webhook: String?
  var status: String?
  var statusInterval: TimeSpan?
  var statusTimeout: TimeSpan?
  var secret: String?
  var token: String?

  // Revisions with an AppSpec file
  var appSpec = AppSpecSettings()

  /// A key that the target does not know, and the targets that do.
  private var unfit: (key: String, targets: [Target])?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case target, source
    case path, keep, restart
    case healthCheck = "health-check"
    case healthAttempts = "health-attempts"
    case healthInterval = "health-interval"
    case healthTimeout = "health-timeout"
    case hosts, user, port, strategy, identity, passphrase
    case identityFile = "identity-file"
    case knownHosts = "known-hosts"
    case knownHostsFile = "known-hosts-file"
    case upload, webhook, status, secret, token
    case statusInterval = "status-interval"
    case statusTimeout = "status-timeout"
    case revision, root, force, application, group
    case fileExistsBehavior = "file-exists-behavior"
    case restartPrevious = "restart-previous"

    /// The targets that know the key.
    var targets: [Target] {
      switch self {
      case .target: Target.allCases
      case .source: [.directory, .ssh, .http]
      case .keep: [.directory, .ssh, .appspec]
      case .path, .restart, .healthCheck, .healthAttempts, .healthInterval, .healthTimeout: [.directory, .ssh]
      case .hosts, .user, .port, .strategy, .identity, .identityFile, .passphrase, .knownHosts, .knownHostsFile: [.ssh]
      case .upload, .webhook, .status, .statusInterval, .statusTimeout, .secret, .token: [.http]
      case .revision, .root, .force, .application, .group, .fileExistsBehavior, .restartPrevious: [.appspec]
      }
    }
  }

  /// Reads the keys.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys) throws -> Value? {
      try container.decodeIfPresent(Value.self, forKey: key)
    }
    target = try container.decode(Target.self, forKey: .target)
    source = try value(.source)
    path = try value(.path)
    keep = try value(.keep)
    restart = try value(.restart)
    healthCheck = try value(.healthCheck)
    healthAttempts = try value(.healthAttempts)
    healthInterval = try value(.healthInterval)
    healthTimeout = try value(.healthTimeout)
    hosts = try value(.hosts)
    user = try value(.user)
    port = try value(.port)
    strategy = try value(.strategy)
    identity = try value(.identity)
    identityFile = try value(.identityFile)
    passphrase = try value(.passphrase)
    knownHosts = try value(.knownHosts)
    knownHostsFile = try value(.knownHostsFile)
    upload = try value(.upload)
    webhook = try value(.webhook)
    status = try value(.status)
    statusInterval = try value(.statusInterval)
    statusTimeout = try value(.statusTimeout)
    secret = try value(.secret)
    token = try value(.token)
    appSpec = try AppSpecSettings(from: decoder)
    for key in CodingKeys.allCases where container.contains(key) && !key.targets.contains(target) {
      unfit = (key.rawValue, key.targets)
    }
  }

  /// What carries the deployment out.
  ///
  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  func makeTarget() throws(PluginConfigurationError) -> any DeployTarget {
    if let unfit {
      let names = unfit.targets.map(\.rawValue).joined(separator: " and ")
      throw PluginConfigurationError(unfit.key, "belongs to the target \(names), not to \(target.rawValue)")
    }
    switch target {
    case .directory:
      return DirectoryTarget(source: try wantedSource(), releases: try ReleaseSettings(self))
    case .appspec:
      try appSpec.check()
      return AppSpecTarget(appSpec)
    case .ssh:
      return SecureShellTarget(
        source: try wantedSource(), releases: try ReleaseSettings(self), settings: try SecureShellSettings(self))
    case .http:
      return WebTarget(settings: try WebSettings(self, source: try source.map(Self.checked)))
    }
  }

  private func wantedSource() throws(PluginConfigurationError) -> String {
    if let source { return try Self.checked(source) }
    throw PluginConfigurationError("source", "say which directory of the workspace is deployed")
  }

  private static func checked(_ source: String) throws(PluginConfigurationError) -> String {
    if source.isEmpty || source.utf8.contains(0) || source.split(separator: "/").contains("..") {
      throw PluginConfigurationError("source", "must be a path in the workspace without '..'")
    }
    return source
  }
}
