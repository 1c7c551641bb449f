import Foundation

/// The blocks that files take.
public enum DiskUsage {
  /// Allocated bytes of everything beneath a directory; what cannot be read is not counted, nothing is followed.
  public static func bytes(in path: String) -> Int64 {
    guard let root = try? FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return 0 }
    return bytes(in: root.number, depth: 0)
  }

  /// Allocated bytes of an entry of an open directory and of everything beneath it.
  public static func bytes(of name: EntryName, in directory: Int32) -> Int64 {
    let number = name.withCString { openat(directory, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
    if number < 0 { return 0 }
    let root = OwnedDescriptor(taking: number)
    return bytes(in: root.number, depth: 0)
  }

  /// Deeper than this nothing is counted: a build that goes there is bounded by free space alone.
  private static let deepest = 200

  private static func bytes(in directory: Int32, depth: Int) -> Int64 {
    var total: Int64 = 0
    for entry in (try? FileSystem.rawEntries(of: directory, shown: "")) ?? [] {
      let name = entry.name.map { CChar(bitPattern: $0) } + [0]
      var status = stat()
      if fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
      // A file of several names counts once, spread over them.
      total += Int64(status.st_blocks) * 512 / Int64(max(1, status.st_nlink))
      if status.st_mode & S_IFMT != S_IFDIR || depth == deepest { continue }
      let child = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if child < 0 { continue }
      let owned = OwnedDescriptor(taking: child)
      total += bytes(in: owned.number, depth: depth + 1)
    }
    return total
  }
}
