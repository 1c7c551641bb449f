import Foundation

/// A user of the machine.
struct SystemUser: Sendable, Hashable {
  var name: String
  var number: uid_t
  var group: gid_t
  var home: String
  var shell: String

  /// Looks a user up by name, or else by number.
  static func named(_ name: String) -> SystemUser? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 64 * 1024)
    if getpwnam_r(name, &entry, &buffer, buffer.count, &found) != 0 || found == nil, let number = uid_t(name) {
      _ = getpwuid_r(number, &entry, &buffer, buffer.count, &found)
    }
    guard let found else { return nil }
    return SystemUser(
      name: String(cString: found.pointee.pw_name), number: found.pointee.pw_uid, group: found.pointee.pw_gid,
      home: String(cString: found.pointee.pw_dir), shell: String(cString: found.pointee.pw_shell))
  }

  /// The number of a group.
  static func groupNumber(_ name: String) -> gid_t? {
    var entry = GroupEntry()
    var found: UnsafeMutablePointer<GroupEntry>?
    var buffer = [CChar](repeating: 0, count: 64 * 1024)
    return getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0 ? found?.pointee.gr_gid : nil
  }
}

private typealias GroupEntry = Foundation.group
