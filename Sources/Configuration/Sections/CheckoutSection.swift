import JourneymanSupport

/// The keys of `[checkout]`.
enum CheckoutSection {
  static let keys: [KnownKey<CheckoutSettings>] = [
    KnownKey("mirrors") { $0.mirrors = try $1.path() },
    KnownKey("mirrorKeepFor") { $0.mirrorKeepSeconds = try $1.seconds() },
    KnownKey("mirrorKeepSize") { $0.mirrorKeepSize = try $1.integer(in: 0 ... .max) },
    KnownKey("submodules") { $0.submodules = try $1.boolean() },
    KnownKey("lfs") { $0.lfs = try $1.boolean() },
    KnownKey("knownHosts") { $0.knownHosts = try $1.path() },
    KnownKey("sshKey") { $0.sshKey = try $1.path() },
    KnownKey("sshKeyPassphrase") { $0.sshKeyPassphrase = try $1.string() },
    KnownKey("credentialHelper") { $0.credentialHelper = try $1.string() },
    KnownKey("caFile") { $0.caFile = try $1.path() },
    KnownKey("proxy") { $0.proxy = try $1.string() },
  ]
}
