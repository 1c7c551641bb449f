public import JourneymanSupport

/// The standing options of checkouts: `[checkout]` of agent.conf, and what tests vary.
public struct CheckoutOptions: Sendable {
  /// The directory of the mirrors, absolute; several agents of one user may share it. `nil` keeps no mirror: every
  /// checkout transfers everything and brings its own objects.
  public var mirrors: String?
  /// Mirrors that no checkout has used for so many seconds are removed.
  public var mirrorKeepSeconds: Double?
  /// While the mirrors take more bytes than this, those unused for longest are removed.
  public var mirrorKeepSize: Int64?
  /// Whether submodules are checked out too, recursively.
  public var submodules = true
  /// The schemes a submodule's absolute URL may have. A relative URL inherits its parent's.
  public var submoduleSchemes: Set<String> = ["https", "http", "ssh"]
  /// Whether Git LFS pointers are replaced by the content they point to.
  public var lfs = false
  /// A known_hosts file to use instead of the user's and the system's.
  public var knownHosts: String?
  /// The private key file for ssh, unless the credentials bring one.
  public var sshKey: String?
  /// A program that answers git's credential protocol, written as for git's `credential.helper`.
  public var credentialHelper: String?
  /// A file of PEM certificates to trust for https instead of the system's.
  public var certificateAuthorities: String?
  /// A proxy's URL; `nil` uses the proxy variables of the environment.
  public var proxy: String?
  /// How long a connection may stand still before it is given up.
  public var idleTimeout = Duration.seconds(60)
  /// How many threads write files; `nil` is one for each processor, at most eight.
  public var writers: Int?

  /// The defaults, with mirrors in this directory.
  public init(mirrors: String? = nil) { self.mirrors = mirrors }

  /// What agent.conf says; mirrors are in the user's cache directory unless it says otherwise.
  public init(_ settings: CheckoutSettings) {
    mirrors = settings.mirrors ?? StandardPaths.cacheDirectory() + "/mirrors"
    mirrorKeepSeconds = settings.mirrorKeepSeconds
    mirrorKeepSize = settings.mirrorKeepSize
    submodules = settings.submodules
    lfs = settings.lfs
    knownHosts = settings.knownHosts
    sshKey = settings.sshKey
    credentialHelper = settings.credentialHelper
    certificateAuthorities = settings.caFile
    proxy = settings.proxy
  }
}
