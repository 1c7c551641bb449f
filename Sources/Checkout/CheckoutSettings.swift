/// The standing settings of checkouts: `[checkout]` of agent.conf.
public struct CheckoutSettings: Sendable {
  /// The directory of the mirrors, absolute; several agents of one user may share it. `nil` keeps no mirror: every
  /// checkout transfers everything and brings its own objects.
  public var mirrors: String?
  /// Whether submodules are checked out too, recursively.
  public var submodules: Bool
  /// The schemes a submodule's absolute URL may have. A relative URL inherits its parent's.
  public var submoduleSchemes: Set<String>
  /// Whether Git LFS pointers are replaced by the content they point to.
  public var lfs: Bool
  /// A known_hosts file to use instead of the user's and the system's.
  public var knownHosts: String?
  /// A program with its arguments that answers git's credential protocol, such as `aws codecommit
  /// credential-helper`; run without a shell.
  public var credentialHelper: [String]
  /// A file of PEM certificates to trust for https instead of the system's.
  public var certificateAuthorities: String?
  /// A proxy's URL; `nil` uses the proxy variables of the environment.
  public var proxy: String?
  /// How long a connection may stand still before it is given up.
  public var idleTimeout: Duration
  /// Mirrors that no checkout has used for so long are removed.
  public var mirrorMaximumAge: Duration?
  /// While the mirrors take more bytes than this, those unused for longest are removed.
  public var mirrorMaximumBytes: Int64?
  /// How many threads write files; `nil` is one for each processor, at most eight.
  public var writers: Int?

  /// Settings with the defaults of agent.conf.
  public init(mirrors: String? = nil) {
    self.mirrors = mirrors
    submodules = true
    submoduleSchemes = ["https", "http", "ssh"]
    lfs = false
    knownHosts = nil
    credentialHelper = []
    certificateAuthorities = nil
    proxy = nil
    idleTimeout = .seconds(60)
    mirrorMaximumAge = nil
    mirrorMaximumBytes = nil
    writers = nil
  }
}
