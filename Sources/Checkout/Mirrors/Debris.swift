import Foundation
internal import JourneymanSupport

/// What processes that were killed leave where several of them write.
enum Debris {
  /// Removes temporary files, named `NAME.PID.NUMBER.partial`, whose process is gone.
  static func removePartialFiles(in directory: String) throws(SystemError) {
    for name in try MirrorInspection.entries(directory) ?? [] where name.hasSuffix(".partial") {
      let parts = name.split(separator: ".")
      guard parts.count >= 3, let process = Int32(parts[parts.count - 3]) else { continue }
      if process == getpid() || kill(process, 0) == 0 || errno == EPERM { continue }
      try FileSystem.removeTree(directory + "/" + name)
    }
  }
}
