import Foundation

/// A user and groups a process can take on.
struct UserIdentity: Sendable, Hashable {
  var user: UInt32
  var group: UInt32
  var groups: [UInt32]

  /// Looks a user up by name or number in the system's database.
  ///
  /// - Returns: `nil` when it is the user this process already is.
  /// - Throws: ``SandboxError`` `.cannotBecomeUser` when there is no such user, or this process is not root.
  static func toBecome(_ name: String) throws(SandboxError) -> UserIdentity? {
    guard let (identity, knownName) = lookUp(name) else {
      throw SandboxError(.cannotBecomeUser, "there is no user \(name) on this machine (run-as)")
    }
    if identity.user == geteuid() { return nil }
    guard geteuid() == 0 else {
      throw SandboxError(
        .cannotBecomeUser,
        "cannot run as \(name): only root may change users; remove run-as, or run the agent as root or as \(name)")
    }
    return knownName.map { withGroups(identity, name: $0) } ?? identity
  }

  private static func lookUp(_ name: String) -> (identity: UserIdentity, name: String?)? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 64 * 1024)
    if getpwnam_r(name, &entry, &buffer, buffer.count, &found) != 0 || found == nil, let number = UInt32(name) {
      if getpwuid_r(number, &entry, &buffer, buffer.count, &found) != 0 || found == nil {
        return (UserIdentity(user: number, group: number, groups: []), nil)
      }
    }
    guard let found else { return nil }
    let known = String(cString: found.pointee.pw_name)
    return (UserIdentity(user: found.pointee.pw_uid, group: found.pointee.pw_gid, groups: []), known)
  }

  private static func withGroups(_ identity: UserIdentity, name: String) -> UserIdentity {
    var groups = [gid_t](repeating: 0, count: 256)
    var count = Int32(groups.count)
    _ = getgrouplist(name, identity.group, &groups, &count)
    var result = identity
    result.groups = Array(groups.prefix(Int(min(count, Int32(groups.count)))))
    return result
  }
}
