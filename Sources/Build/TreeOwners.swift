import Foundation
import JourneymanSupport

/// Whose files a directory holds. A build's view of it has one owner: an overlay cannot copy up what belongs to anybody
/// else.
enum TreeOwners {
  /// Whether anything in a tree belongs to another user or group than the tree's own directory, or, for an ordinary
  /// user, than that user.
  ///
  /// - Throws: `SystemError`.
  static func areSeveral(in path: String) throws -> Bool {
    let root = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY)
    var status = stat()
    try retryingInterrupts("look at \(path)") { fstat(root.number, &status) }
    let owner = (status.st_uid, status.st_gid)
    if geteuid() != 0 && owner != (geteuid(), getegid()) { return true }
    return try contains(others: owner, in: root.number, shown: path)
  }

  private static func contains(others owner: (uid_t, gid_t), in directory: Int32, shown: String) throws -> Bool {
    for entry in try FileSystem.rawEntries(of: directory, shown: shown) {
      let name = entry.name.map { CChar(bitPattern: $0) } + [0]
      var status = stat()
      if fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
      if (status.st_uid, status.st_gid) != owner { return true }
      guard status.st_mode & S_IFMT == S_IFDIR else { continue }
      let child = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if child < 0 { continue }
      let held = OwnedDescriptor(taking: child)
      let path = shown + "/" + String(decoding: entry.name, as: UTF8.self)
      if try contains(others: owner, in: held.number, shown: path) { return true }
    }
    return false
  }
}
