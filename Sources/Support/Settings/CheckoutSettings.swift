/// `[checkout]`: how sources are fetched.
public struct CheckoutSettings: Codable, Sendable, Equatable {
  /// Where bare mirrors live, one per repository; `nil` is `mirrors` in the cache directory.
  public var mirrors: String?
  /// Mirrors not used for so many seconds are removed; `nil` keeps them.
  public var mirrorKeepSeconds: Double?
  /// The least recently used mirrors are removed while all together are larger, in bytes; `nil` is no bound.
  public var mirrorKeepSize: Int64?
  /// Whether submodules are checked out.
  public var submodules = true
  /// Whether files of Git LFS are fetched.
  public var lfs = false
  /// The known hosts SSH servers are checked against; `nil` is OpenSSH's own files.
  public var knownHosts: String?
  /// The private key for SSH; `nil` leaves the choice to OpenSSH's configuration and agent.
  public var sshKey: String?
  /// The name of the secret that holds the passphrase of ``sshKey``.
  public var sshKeyPassphrase: String?
  /// A program that speaks git's credential helper protocol, as git's `credential.helper`.
  public var credentialHelper: String?
  /// Certificate authorities for HTTPS, in PEM; `nil` is the system's.
  public var caFile: String?
  /// The HTTP proxy's URL; `nil` is what the environment says.
  public var proxy: String?

  /// The defaults.
  public init() {}
}
