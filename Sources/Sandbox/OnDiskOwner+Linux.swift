import Foundation
import JourneymanSupport

/// Whose files a directory holds, and how a build started by root gets to use them: no file of a build ever belongs to
/// root on disk, and no file of a user's ever changes its owner.
enum OnDiskOwner {
  /// A directory of the agent's own: what in it belongs to root is given to the range of ids that all builds share on
  /// disk; mounts translate it to the ids of one build.
  static func prepare(_ path: String, _ map: UserMap) throws(SandboxError) -> HostSources.Translation {
    if map.kind != .ownRange { return .none }
    do {
      let status = try status(of: path)
      if !range.contains(status.st_uid) { try TreeOwner.give(path, to: UserMap.onDisk) }
      return .agent
    } catch {
      throw SandboxError(.system, "cannot give \(path) to builds: \(error)", underlying: error)
    }
  }

  /// A user's directory that the build writes to: the user is the build's user 0 there.
  static func user(of path: String, _ map: UserMap) throws(SandboxError) -> HostSources.Translation {
    if map.kind != .ownRange { return .none }
    let status = try look(at: path)
    if status.st_uid == 0 {
      throw SandboxError(
        .unsupported,
        "\(path) belongs to root, and a strict build must not leave files of root's there: build a private view of it"
          + " (without --in-place), give it to another user (chown), or build with the rights of root (--sandbox basic)"
      )
    }
    return .owner(user: status.st_uid, group: status.st_gid)
  }

  /// A directory that the build only reads.
  static func reader(of path: String, _ map: UserMap) throws(SandboxError) -> HostSources.Translation {
    if map.kind != .ownRange { return .none }
    let status = try look(at: path)
    return range.contains(status.st_uid) ? .agent : .owner(user: status.st_uid, group: status.st_gid)
  }

  private static let range = UserMap.onDisk..<UserMap.onDisk + UserMap.size

  private static func look(at path: String) throws(SandboxError) -> stat {
    do {
      return try status(of: path)
    } catch {
      throw SandboxError(.system, "\(error)", underlying: error)
    }
  }

  private static func status(of path: String) throws(SystemError) -> stat {
    var status = stat()
    try retryingInterrupts("look at \(path)") { stat(path, &status) }
    return status
  }
}

/// Changes the owner of a whole tree.
enum TreeOwner {
  /// Gives everything in a tree that belongs to user 0 … 65535 to that number above `base`; set-user-ID bits go.
  /// Nothing is followed.
  static func give(_ path: String, to base: UInt32) throws(SystemError) {
    let root = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try giveContents(of: root.number, shown: path, base)
    try retryingInterrupts("change the owner of \(path)") { fchown(root.number, base, base) }
  }

  private static func giveContents(of directory: Int32, shown: String, _ base: UInt32) throws(SystemError) {
    for entry in try FileSystem.rawEntries(of: directory, shown: shown) {
      let name = entry.name.map { CChar(bitPattern: $0) } + [0]
      let path = shown + "/" + String(decoding: entry.name, as: UTF8.self)
      var status = stat()
      try retryingInterrupts("look at \(path)") { fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) }
      if status.st_mode & S_IFMT == S_IFDIR {
        let child = OwnedDescriptor(
          taking: try retryingInterrupts("open \(path)") {
            openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
          })
        try giveContents(of: child.number, shown: path, base)
      }
      let user = status.st_uid < UserMap.size ? base + status.st_uid : status.st_uid
      let group = status.st_gid < UserMap.size ? base + status.st_gid : status.st_gid
      try retryingInterrupts("change the owner of \(path)") {
        fchownat(directory, name, user, group, AT_SYMLINK_NOFOLLOW)
      }
    }
  }
}
