import Foundation
public import JourneymanSupport

/// Where a user's keys lie: the identity that artifacts are sealed for, and the key that signs provenance.
public struct KeyDirectory: Sendable {
  /// The directory, made with the first key (0700).
  public let path: String

  /// A directory of the caller's choice.
  public init(path: String) { self.path = path }

  /// The user's configuration directory.
  ///
  /// When the process is root and `HOME` is another user's (as under `sudo`), root's own home is used: a file of
  /// root's in there would lock that user out.
  ///
  /// - Throws: ``SealingError`` (`noHome`) when the user has no home directory.
  public static func user(
    _ environment: [String: String] = StandardPaths.processEnvironment
  ) throws(SealingError) -> KeyDirectory {
    var environment = environment
    if environment["XDG_CONFIG_HOME"]?.hasPrefix("/") != true {
      let home = StandardPaths.home(environment)
      environment["HOME"] = geteuid() == 0 && Self.owner(of: home) != 0 ? try Self.ownHome() : home
    }
    return KeyDirectory(path: StandardPaths.configurationDirectory(environment))
  }

  /// The identity file.
  public var identityPath: String { path + "/identity.txt" }

  /// The signing key's file.
  public var signingKeyPath: String { path + "/signing-key.pem" }

  /// A key that was there or was made just now.
  public struct Found<Key: Sendable>: Sendable {
    /// The key.
    public let key: Key
    /// Its file.
    public let path: String
    /// Whether it was made by this call; then the user is told where it is.
    public let isNew: Bool
  }

  /// The user's identities, the first of which artifacts are sealed for; made on first use.
  ///
  /// - Throws: ``SealingError``; `exposedKey` when others could have read the file.
  public func identities() throws(SealingError) -> Found<[Identity]> {
    try findOrMake(
      identityPath, what: "identity file",
      read: { bytes throws(SealingError) in try IdentityFile.parse(bytes, name: identityPath) },
      make: { () throws(SealingError) in [try IdentityFile.create(identityPath)] })
  }

  /// The user's identities, if there are any.
  ///
  /// - Throws: ``SealingError``.
  public func existingIdentities() throws(SealingError) -> [Identity] {
    guard let bytes = try KeyFile.read(identityPath, what: "identity file") else { return [] }
    return try IdentityFile.parse(bytes, name: identityPath)
  }

  /// The key that signs provenance; made on first use.
  ///
  /// - Throws: ``SealingError``; `exposedKey` when others could have read the file.
  public func signingKey() throws(SealingError) -> Found<SigningKey> {
    try findOrMake(
      signingKeyPath, what: "signing key",
      read: { bytes throws(SealingError) in try SigningKey(pem: bytes, name: signingKeyPath) },
      make: { () throws(SealingError) in
        let key = try SigningKey()
        try KeyFile.create(signingKeyPath, contents: try key.pem(), what: "signing key")
        return key
      })
  }

  /// The key that signs provenance: the one in a file that agent.conf names, which has to be there, else the user's own.
  ///
  /// - Throws: ``SealingError``; `exposedKey` when others could have read the file.
  public func signingKey(named path: String?) throws(SealingError) -> Found<SigningKey> {
    guard let path else { return try signingKey() }
    guard let bytes = try KeyFile.read(path, what: "signing key") else {
      throw SealingError(
        .malformedKey,
        "there is no signing key in \(path); mend key in [signing] of agent.conf, or make one by"
          + " openssl genpkey -algorithm ed25519")
    }
    return Found(key: try SigningKey(pem: bytes, name: path), path: path, isNew: false)
  }

  /// The key that signs provenance, if there is one.
  ///
  /// - Throws: ``SealingError``.
  public func existingSigningKey() throws(SealingError) -> SigningKey? {
    guard let bytes = try KeyFile.read(signingKeyPath, what: "signing key") else { return nil }
    return try SigningKey(pem: bytes, name: signingKeyPath)
  }

  private func findOrMake<Key: Sendable>(
    _ path: String, what: String, read: ([UInt8]) throws(SealingError) -> Key, make: () throws(SealingError) -> Key
  ) throws(SealingError) -> Found<Key> {
    if let bytes = try KeyFile.read(path, what: what) { return Found(key: try read(bytes), path: path, isNew: false) }
    do throws(SealingError) {
      return Found(key: try make(), path: path, isNew: true)
    } catch {
      // Another process made it first: both must end up with the same key.
      guard error.code == .exists, let bytes = try KeyFile.read(path, what: what) else { throw error }
      return Found(key: try read(bytes), path: path, isNew: false)
    }
  }

  private static func owner(of path: String) -> UInt32? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_uid : nil
  }

  private static func ownHome() throws(SealingError) -> String {
    guard let entry = getpwuid(geteuid()), let home = entry.pointee.pw_dir.map({ String(cString: $0) }),
      home.hasPrefix("/")
    else {
      throw SealingError(
        .noHome, "there is no home directory to keep keys in; set XDG_CONFIG_HOME or name a file with --identity")
    }
    return home
  }
}
