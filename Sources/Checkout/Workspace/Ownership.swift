import Foundation
internal import JourneymanSupport

/// Gives a tree that was just made to the user of a build.
enum Ownership {
  /// Changes the owner of a directory and of everything in it; links are not followed.
  static func give(_ directory: String, to owner: CheckoutRequest.Owner) throws(SystemError) {
    let handle = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try give(handle.number, to: owner, shown: directory)
  }

  private static func give(_ directory: Int32, to owner: CheckoutRequest.Owner, shown: String) throws(SystemError) {
    for name in try FileSystem.entryNames(of: directory, shown: shown) {
      let number = name.withCString { openat(directory, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
      if number >= 0 {
        let child = OwnedDescriptor(taking: number)
        try give(child.number, to: owner, shown: shown + "/" + name.shown)
      } else {
        try retryingInterrupts("give \(shown)/\(name.shown) away") {
          name.withCString { fchownat(directory, $0, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
        }
      }
    }
    try retryingInterrupts("give \(shown) away") { fchown(directory, owner.user, owner.group) }
  }
}
