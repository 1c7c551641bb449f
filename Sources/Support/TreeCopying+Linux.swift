internal import CLinux
import Foundation

extension FileSystem {
  /// Copies a directory with everything beneath it: contents (sharing blocks where the file system can), permission
  /// bits, times and symbolic links. Nothing is followed; pipes, sockets and devices are left out; hard links become
  /// files of their own.
  ///
  /// - Parameters:
  ///   - source: the directory to copy.
  ///   - destination: the directory to make; it must not exist, its parent must.
  ///   - isCancelled: asked at every entry; copying stops when it says true.
  /// - Returns: the number of files and links copied.
  /// - Throws: ``SystemError``; `ECANCELED` after a cancel. What was copied stays for the caller to remove.
  public static func copyTree(
    from source: String, to destination: String, isCancelled: () -> Bool = { false }
  ) throws(SystemError) -> Int {
    let from = try open(source, flags: O_RDONLY | O_DIRECTORY)
    try retryingInterrupts("make directory \(destination)") { mkdir(destination, 0o700) }
    let to = try open(destination, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    return try copyDirectory(from.number, to.number, shown: source, isCancelled)
  }

  private static func copyDirectory(
    _ source: Int32, _ destination: Int32, shown: String, _ isCancelled: () -> Bool
  ) throws(SystemError) -> Int {
    var count = 0
    for entry in try rawEntries(of: source, shown: shown) {
      if isCancelled() { throw SystemError("copy \(shown)", number: ECANCELED) }
      let name = entry.name.map { CChar(bitPattern: $0) } + [0]
      let path = shown + "/" + String(decoding: entry.name, as: UTF8.self)
      var status = stat()
      if fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW) != 0 {
        if errno == ENOENT { continue }
        throw SystemError("look at \(path)")
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        let from = try descend(source, name, path)
        try retryingInterrupts("make a copy of \(path)") { mkdirat(destination, name, 0o700) }
        let to = try descend(destination, name, path)
        count += try copyDirectory(from.number, to.number, shown: path, isCancelled)
      case S_IFREG:
        try copyFile(source, destination, name, path)
        count += 1
      case S_IFLNK:
        try copyLink(source, destination, name, path, times: status)
        count += 1
      default: break
      }
    }
    try copyAttributes(from: source, to: destination, shown: shown)
    return count
  }

  private static func descend(_ directory: Int32, _ name: [CChar], _ path: String) throws(SystemError)
    -> OwnedDescriptor
  {
    OwnedDescriptor(
      taking: try retryingInterrupts("open \(path)") {
        openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      })
  }

  private static func copyFile(
    _ source: Int32, _ destination: Int32, _ name: [CChar], _ path: String
  ) throws(SystemError) {
    let from = OwnedDescriptor(
      taking: try retryingInterrupts("open \(path)") {
        openat(source, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      })
    let to = OwnedDescriptor(
      taking: try retryingInterrupts("make a copy of \(path)") {
        openat(destination, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      })
    try copyContent(from: from.number, to: to.number, name: path)
    try copyAttributes(from: from.number, to: to.number, shown: path)
  }

  private static func copyLink(
    _ source: Int32, _ destination: Int32, _ name: [CChar], _ path: String, times: stat
  ) throws(SystemError) {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    try retryingInterrupts("read link \(path)") { readlinkat(source, name, &target, Int(PATH_MAX)) }
    try retryingInterrupts("make a copy of \(path)") { symlinkat(target, destination, name) }
    let stamps = [times.st_atim, times.st_mtim]
    _ = utimensat(destination, name, stamps, AT_SYMLINK_NOFOLLOW)
  }

  /// Set-user-ID and set-group-ID bits are not carried over: the copy may belong to somebody else.
  private static func copyAttributes(from source: Int32, to destination: Int32, shown: String) throws(SystemError) {
    var status = stat()
    try retryingInterrupts("look at \(shown)") { fstat(source, &status) }
    try retryingInterrupts("set the mode of a copy of \(shown)") { fchmod(destination, status.st_mode & 0o1777) }
    let stamps = [status.st_atim, status.st_mtim]
    try retryingInterrupts("set the times of a copy of \(shown)") { futimens(destination, stamps) }
  }
}
