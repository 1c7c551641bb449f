import Foundation
internal import JourneymanSupport

extension WorkingCopy {
  /// Removes what a process that was killed left in the repository: lock files, which would stop every later one, and
  /// half-written objects.
  ///
  /// Only files of this process's user count, and unless nobody else writes as this user only those that are older than
  /// any lock that is held: the build may run a git of its own.
  ///
  /// - Parameter isAlone: whether no build runs as this process's user.
  package func removeLeftovers(isAlone: Bool) throws {
    var directories = ["", "/objects", "/objects/pack"]
    var pending = ["/refs"]
    // More directories of references are looked through by nobody.
    while let next = pending.popLast(), directories.count < 10_000 {
      directories.append(next)
      pending += subdirectories(of: next)
    }
    for directory in directories { try removeLeftovers(in: gitDirectory + directory, isAlone) }
  }

  private func subdirectories(of directory: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: gitDirectory + directory)
    return (names ?? []).map { directory + "/" + $0 }.filter { path in
      var status = stat()
      return lstat(gitDirectory + path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
  }

  private static let longestHold = 60

  private func removeLeftovers(in directory: String, _ isAlone: Bool) throws {
    guard let handle = try? FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
    for entry in try FileSystem.rawEntries(of: handle.number, shown: directory) {
      let text = String(decoding: entry.name, as: UTF8.self)
      guard text.hasSuffix(".lock") || text.contains("_git2_") else { continue }
      let name = entry.name.map { CChar(bitPattern: $0) } + [0]
      var status = stat()
      guard fstatat(handle.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG,
        status.st_uid == geteuid(), isAlone || status.st_mtim.tv_sec < time(nil) - Self.longestHold
      else { continue }
      unlinkat(handle.number, name, 0)
    }
  }
}
