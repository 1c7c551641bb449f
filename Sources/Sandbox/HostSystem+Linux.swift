import Foundation
import JourneymanSupport

/// The machine's directories that make up the system a build sees.
struct HostSystem: Sendable, Hashable {
  /// Directories at the root that are shown, for example `/usr`, with those that are links there, for example `/bin`.
  var directories: [String]
  /// Links at the root, such as `/bin` to `usr/bin`.
  var links: [String: String]

  private static let shown = [
    "/usr", "/etc", "/var", "/opt", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu",
  ]

  /// Looks at this machine.
  init() {
    directories = []
    links = [:]
    for path in Self.shown {
      var status = stat()
      if lstat(path, &status) != 0 { continue }
      if status.st_mode & S_IFMT == S_IFDIR { directories.append(path) }
      if status.st_mode & S_IFMT == S_IFLNK {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        if count > 0 {
          links[path] = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
      }
    }
  }

  /// The name service configuration, when `/etc/resolv.conf` is a link out of the directories that are shown: the real
  /// path of the file, and its content.
  func foreignResolverConfiguration() -> (path: String, content: [UInt8])? {
    guard let resolved = realpath("/etc/resolv.conf", nil) else { return nil }
    defer { free(resolved) }
    let path = String(cString: resolved)
    if directories.contains(where: { path.hasPrefix($0 + "/") }) { return nil }
    guard let content = try? FileSystem.read(path, limit: 64 * 1024) else { return nil }
    return (path, content)
  }
}
