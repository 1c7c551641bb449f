/// What `allow` of a `[controller]` section lets the jobs of that controller use of the agent's own.
public struct ControllerAllowance: Sendable, Equatable {
  /// The kinds of things that `allow` names, as `KIND:NAME`.
  public enum Kind: String, Sendable, CaseIterable {
    /// A `[secret]`, whose value the build gets to see.
    case secret
    /// A store for artifacts; its credentials stay with the agent.
    case store
    /// A plugin with what agent.conf grants it; its secrets stay with the agent.
    case plugin
    /// A key of the agent: `identity:signing` signs what the build leaves.
    case identity
  }

  /// The word that lets builds be signed.
  public static let signing = "identity:signing"

  private let words: Set<String>

  /// Reads the words of `allow`.
  public init(_ words: [String]) { self.words = Set(words) }

  /// Whether something may be used.
  public func allows(_ kind: Kind, _ name: String) -> Bool { words.contains(kind.rawValue + ":" + name) }

  /// Whether a word is one that `allow` knows: a kind, a colon, a name.
  public static func isWord(_ word: String) -> Bool {
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty, let kind = Kind(rawValue: String(parts[0])) else { return false }
    return kind != .identity || word == signing
  }

  /// The settings as the build of a job may know them: what it may not use is not there.
  ///
  /// Secrets that an allowed store or plugin needs stay, because the keeper has to find them; builds may name only
  /// those that ``allows(_:_:)`` says.
  public func limited(_ settings: Settings) -> Settings {
    var limited = settings
    limited.artifactStores = settings.artifactStores.filter { allows(.store, $0.name) }
    limited.plugins.grants = settings.plugins.grants.filter { allows(.plugin, $0.name) }
    var needed = Set(limited.artifactStores.compactMap(\.secret))
    for grant in limited.plugins.grants { needed.formUnion(grant.secrets) }
    limited.secrets = settings.secrets.filter { allows(.secret, $0.name) || needed.contains($0.name) }
    // A job checks out by its controller's means; these are other builds'.
    limited.credentials = []
    limited.checkout.sshKey = nil
    limited.checkout.sshKeyPassphrase = nil
    limited.controllers = []
    return limited
  }
}
