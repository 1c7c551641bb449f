import Foundation
import JourneymanSupport

/// A directory that outlives builds, for one build at a time: a second one would meet half-written files of the first.
final class ExclusiveDirectory: Sendable {
  /// The directory, which need not exist yet.
  let path: String
  private let descriptor: OwnedDescriptor

  /// Takes the first of `name`, `name-2`, … that no other build uses.
  ///
  /// - Parameter parent: made if need be, for this user alone.
  init(_ name: String, in parent: String) throws(SystemError) {
    var number = 1
    while true {
      try FileSystem.makeDirectories(parent, mode: 0o700)
      let path = parent + "/" + name + (number == 1 ? "" : "-\(number)")
      let lock: OwnedDescriptor
      do throws(SystemError) {
        lock = try FileSystem.open(path + ".lock", flags: O_RDWR | O_CREAT, mode: 0o600)
      } catch {
        // A build that needs the directory no longer removes it.
        if error.number == ENOENT { continue }
        throw error
      }
      if flock(lock.number, LOCK_EX | LOCK_NB) != 0 {
        number += 1
      } else if Self.isNamed(path + ".lock", lock.number) {
        // When it was last used, for whoever removes what nobody uses any more.
        futimens(lock.number, nil)
        self.path = path
        descriptor = lock
        return
      }
    }
  }

  /// Whether a file is still there under its name, so that others find it too.
  private static func isNamed(_ path: String, _ file: Int32) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(file, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino
  }

  /// Lets the next build have it. Nothing is left where nothing was made.
  func release() {
    if access(path, F_OK) != 0 {
      unlink(path + ".lock")
      rmdir(PathName.directory(of: path))
    }
    flock(descriptor.number, LOCK_UN)
  }
}
