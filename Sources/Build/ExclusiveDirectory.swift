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
    try FileSystem.makeDirectories(parent, mode: 0o700)
    var number = 1
    while true {
      let path = parent + "/" + name + (number == 1 ? "" : "-\(number)")
      let lock = try FileSystem.open(path + ".lock", flags: O_RDWR | O_CREAT, mode: 0o600)
      if flock(lock.number, LOCK_EX | LOCK_NB) == 0 {
        self.path = path
        descriptor = lock
        return
      }
      number += 1
    }
  }

  /// Lets the next build have it.
  func release() { flock(descriptor.number, LOCK_UN) }
}
