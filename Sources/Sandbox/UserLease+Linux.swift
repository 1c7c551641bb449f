import Foundation
import JourneymanSupport

/// A user's ids for one build, held until it is given up: as root the range is locked so that no other build gets it.
final class UserLease: Sendable {
  /// The ids.
  let map: UserMap
  private let lock: OwnedFile?
  private let isByChoice: Bool

  private init(map: UserMap, lock: OwnedFile?, isByChoice: Bool = false) {
    self.map = map
    self.lock = lock
    self.isByChoice = isByChoice
  }

  /// Ids that a running sandbox holds itself.
  init(held map: UserMap) {
    self.map = map
    lock = nil
    isByChoice = false
  }

  /// The lock, to be held by somebody else too.
  var lockDescriptor: Int32? { lock?.number }

  /// What the log should say about the ids, if anything.
  var notice: String? {
    if map.kind == .ownRange { return nil }
    // The kernel lets only root translate the owners of the system's files, which are nobody's to anyone else's builds.
    let system =
      "the build cannot install packages of the system (apt-get and the like), which takes an agent run by root"
    if map.kind == .delegated { return system + "; packages of languages go to the build's home" }
    let reason =
      isByChoice
      ? "so that it leaves no files of other owners in a user's directory"
      : "because this user has none in /etc/subuid and /etc/subgid"
    return "the build runs with a single user id, \(reason): it cannot change users; " + system
  }

  /// Takes ids of the best kind this user may have.
  ///
  /// - Parameter usersFiles: whether the build writes to directories of a user's own. As root a mount keeps files of other
  ///   owners out of them; an ordinary user's build must have no other ids in the first place.
  static func take(usersFiles: Bool = false, removed: Set<Protection> = []) throws(SandboxError) -> UserLease {
    if removed.contains(.ownUserRange) { return UserLease(map: .single(), lock: nil) }
    if geteuid() == 0 { return try takeRange() }
    if usersFiles { return UserLease(map: .single(), lock: nil, isByChoice: true) }
    if UserMap.helperPath("newuidmap") != nil, UserMap.helperPath("newgidmap") != nil,
      let subuid = try? FileSystem.read("/etc/subuid", limit: 1 << 20),
      let subgid = try? FileSystem.read("/etc/subgid", limit: 1 << 20)
    {
      let name = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) }
      let map = UserMap.delegated(
        name: name, subuid: String(decoding: subuid, as: UTF8.self), subgid: String(decoding: subgid, as: UTF8.self))
      if let map { return UserLease(map: map, lock: nil) }
    }
    return UserLease(map: .single(), lock: nil)
  }

  /// Where what root's builds share lies until the machine restarts; only root may enter it.
  static let runtimeDirectory = "/run/journeyman"
  private static let directory = runtimeDirectory + "/uids"
  private static let mostRanges: UInt32 = 4000

  private static func takeRange() throws(SandboxError) -> UserLease {
    do {
      try FileSystem.makeDirectories(directory, mode: 0o700)
      for number in 1...mostRanges {
        let file = OwnedFile(
          try FileSystem.open("\(directory)/\(number)", flags: O_RDWR | O_CREAT | O_NOFOLLOW))
        if flock(file.number, LOCK_EX | LOCK_NB) == 0 { return UserLease(map: .ownRange(number), lock: file) }
        if errno != EWOULDBLOCK { throw SystemError("lock \(directory)/\(number)") }
      }
    } catch {
      throw SandboxError(.system, "cannot reserve user ids for the build: \(error)", underlying: error)
    }
    throw SandboxError(.system, "all \(mostRanges) ranges of user ids in \(directory) are in use")
  }
}
