import CLinux
import Foundation
import JourneymanSupport

/// The directories that builds write to can be written and have room.
enum DirectoryCheck {
  /// Below this a build is likely to fail, in bytes.
  static let comfortable: UInt64 = 2 << 30
  /// Below this nothing useful can be built, in bytes.
  static let least: UInt64 = 100 << 20

  static func run(_ settings: Settings, _ environment: [String: String]) -> [Finding] {
    let work = settings.agent.workdir ?? StandardPaths.stateDirectory(environment)
    let mirrors = settings.checkout.mirrors ?? StandardPaths.cacheDirectory(environment)
    return [
      check("work directory", work, remedy: "set agent.workdir in agent.conf, or XDG_STATE_HOME"),
      check("cache directory", mirrors, remedy: "set checkout.mirrors in agent.conf, or XDG_CACHE_HOME"),
    ]
  }

  /// - Parameter remedy: how to use another directory.
  static func check(_ name: String, _ path: String, remedy: String) -> Finding {
    // What does not exist yet is made in the nearest directory above that does.
    var existing = path
    while access(existing, F_OK) != 0, errno == ENOENT, existing != "/" {
      existing = (existing as NSString).deletingLastPathComponent
    }
    var status = stat()
    if stat(existing, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
      return Finding(name, .failed, "\(existing) is no directory", remedy: remedy)
    }
    if access(existing, W_OK | X_OK) != 0 {
      return Finding(name, .failed, "\(path): \(existing) cannot be written by this user", remedy: remedy)
    }
    var space = statvfs()
    guard statvfs(existing, &space) == 0 else {
      return Finding(name, .warning, "\(path): the free space cannot be found out", remedy: nil)
    }
    let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
    let detail = "\(path), \(free >> 30) GiB free"
    if free < least {
      return Finding(name, .failed, "\(path), \(free >> 20) MiB free", remedy: "free space, or " + remedy)
    }
    if free < comfortable { return Finding(name, .warning, detail, remedy: "free space, or " + remedy) }
    return Finding(name, .ok, detail)
  }
}
