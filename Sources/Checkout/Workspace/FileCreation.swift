import Foundation
internal import JourneymanSupport

/// Makes files and links that must not exist yet, in a directory that is already open.
enum FileCreation {
  static func file(
    _ name: UnsafePointer<CChar>, in directory: Int32, isExecutable: Bool, shown: String
  ) throws(SystemError) -> OwnedDescriptor {
    // The caller's umask applies, as for git.
    let mode: mode_t = isExecutable ? 0o777 : 0o666
    return OwnedDescriptor(
      taking: try retryingInterrupts("make \(shown)") {
        openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      })
  }

  static func link(
    to target: UnsafeRawBufferPointer, _ name: UnsafePointer<CChar>, in directory: Int32, shown: String
  ) throws {
    if target.isEmpty || target.count > 4095 || target.contains(0) {
      throw CheckoutError(.refused, "refusing the tree: the symbolic link \(shown) has no target that a link can have")
    }
    let text = target.map { CChar(bitPattern: $0) } + [0]
    try retryingInterrupts("make the link \(shown)") { symlinkat(text, directory, name) }
  }
}
