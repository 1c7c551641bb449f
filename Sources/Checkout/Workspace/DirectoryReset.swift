import Foundation
internal import JourneymanSupport

/// Takes from a directory that a build has had what it could hand down to new files: its owner, its mode, its default
/// access control list and other attributes.
enum DirectoryReset {
  /// Makes a directory as if it were new in `parent`.
  ///
  /// - Throws: ``SystemError``.
  static func reset(
    _ directory: Int32, in parent: Int32, owner: CheckoutRequest.Owner?, creationMask: UInt32, shown: String
  ) throws(SystemError) {
    try FileSystem.removeAttributes(of: directory, shown: shown)
    var (status, above) = (stat(), stat())
    try retryingInterrupts("look at \(shown)") { fstat(directory, &status) }
    try retryingInterrupts("look at the directory of \(shown)") { fstat(parent, &above) }
    // A directory with the set-group-id bit hands its group and the bit down.
    let inherits = above.st_mode & S_ISGID != 0
    let (user, group) = (owner?.user ?? geteuid(), owner?.group ?? (inherits ? above.st_gid : getegid()))
    if status.st_uid != user || status.st_gid != group {
      try retryingInterrupts("change the owner of \(shown)") { fchown(directory, user, group) }
    }
    let mode = 0o777 & ~creationMask | (inherits ? S_ISGID : 0)
    if status.st_mode & 0o7777 != mode {
      try retryingInterrupts("change the mode of \(shown)") { fchmod(directory, mode) }
    }
  }
}
