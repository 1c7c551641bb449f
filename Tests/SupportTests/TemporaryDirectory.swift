import Foundation
import JourneymanSupport

/// A directory that is removed with everything in it when its owner goes away.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    // In memory where possible: some disks take minutes for a hundred thousand directories.
    let parent = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm/" : NSTemporaryDirectory()
    path = parent + "journeyman-\(getpid())-\(UInt64.random(in: .min ... .max))"
    try FileSystem.makeDirectories(path, mode: 0o700)
  }

  deinit { try? FileSystem.removeTree(path, detachingMounts: true) }

  func write(_ text: String, to name: String) throws {
    try FileSystem.writeAtomically(Array(text.utf8), to: path + "/" + name)
  }

  func has(_ name: String) -> Bool { access(path + "/" + name, F_OK) == 0 }
}
