internal import CLinux
import Foundation

extension FileSystem {
  /// Moves a file, a symbolic link or an empty directory, also to another file system, with everything that belongs to
  /// it: content, owner, permission bits, access control lists, other attributes and the time of its last change.
  ///
  /// Where a rename is possible it is one step. Elsewhere the copy is complete and on disk, under the name it is to have,
  /// before the original is removed; what stands there is replaced. A process that is killed in between leaves both.
  ///
  /// - Throws: ``SystemError``; `EXDEV` for pipes, sockets and devices that would have to change their file system.
  public static func move(_ source: String, to destination: String) throws(SystemError) {
    if rename(source, destination) == 0 { return }
    if errno != EXDEV { throw SystemError("rename \(source) to \(destination)") }
    var status = stat()
    try retryingInterrupts("look at \(source)") { lstat(source, &status) }
    // The same name at every try, so that what a killed process left is replaced and not left for ever.
    let staged = PathName.directory(of: destination) + "/." + PathName.last(of: destination) + ".moving"
    if unlink(staged) != 0 { rmdir(staged) }
    do throws(SystemError) {
      switch status.st_mode & S_IFMT {
      case S_IFREG: try copyWhole(source, to: staged)
      case S_IFDIR: try copyEmptyDirectory(source, to: staged)
      case S_IFLNK: try copyLink(source, to: staged, status)
      default: throw SystemError("move \(source) to another file system", number: EXDEV)
      }
      try retryingInterrupts("rename \(staged) to \(destination)") { rename(staged, destination) }
      try flushDirectory(of: destination)
    } catch {
      if unlink(staged) != 0 { rmdir(staged) }
      throw error
    }
    try retryingInterrupts("remove \(source)") {
      status.st_mode & S_IFMT == S_IFDIR ? rmdir(source) : unlink(source)
    }
  }

  /// Gives one open file or directory the owner, permission bits, attributes and times of another.
  ///
  /// - Throws: ``SystemError``.
  public static func copyMetadata(from source: Int32, to copy: Int32, shown: String) throws(SystemError) {
    var status = stat()
    try retryingInterrupts("look at \(shown)") { fstat(source, &status) }
    // The owner first: changing it takes set-user-ID bits away.
    try retryingInterrupts("give away a copy of \(shown)") { fchown(copy, status.st_uid, status.st_gid) }
    try retryingInterrupts("set the mode of a copy of \(shown)") { fchmod(copy, status.st_mode & 0o7777) }
    let size = flistxattr(source, nil, 0)
    if size > 0 {
      var names = [CChar](repeating: 0, count: size)
      let count = flistxattr(source, &names, size)
      for name in names.prefix(max(0, count)).split(separator: 0) {
        try copyAttribute(Array(name) + [0], from: source, to: copy, shown: shown)
      }
    }
    let stamps = [status.st_atim, status.st_mtim]
    try retryingInterrupts("set the times of a copy of \(shown)") { futimens(copy, stamps) }
  }

  /// Writes everything that the file system of a path still holds in memory to its disk.
  ///
  /// - Throws: ``SystemError``.
  public static func flushFileSystem(of path: String) throws(SystemError) {
    let file = try open(path, flags: O_RDONLY | O_DIRECTORY)
    try retryingInterrupts("flush the file system of \(path)") { journeyman_flush_file_system(file.number) }
  }

  /// Renames, but never replaces what stands there.
  ///
  /// - Throws: ``SystemError``; `EEXIST` when something has that name.
  public static func renameWithoutReplacing(_ source: String, to destination: String) throws(SystemError) {
    let result = journeyman_rename_noreplace(AT_FDCWD, source, AT_FDCWD, destination)
    if result == 0 { return }
    // File systems that cannot do it in one step.
    if errno == EINVAL {
      var status = stat()
      if lstat(destination, &status) == 0 { throw SystemError("rename to \(destination)", number: EEXIST) }
      if rename(source, destination) == 0 { return }
    }
    throw SystemError("rename \(source) to \(destination)")
  }

  private static func copyWhole(_ source: String, to staged: String) throws(SystemError) {
    let from = try open(source, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    let to = try open(staged, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    try copyContent(from: from.number, to: to.number, name: source)
    try copyMetadata(from: from.number, to: to.number, shown: source)
    try retryingInterrupts("flush \(staged)") { fsync(to.number) }
  }

  private static func copyEmptyDirectory(_ source: String, to staged: String) throws(SystemError) {
    let from = try open(source, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    if try !rawEntries(of: from.number, shown: source, limit: .max).isEmpty {
      throw SystemError("move \(source)", number: ENOTEMPTY)
    }
    try retryingInterrupts("make directory \(staged)") { mkdir(staged, 0o700) }
    let to = try open(staged, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try copyMetadata(from: from.number, to: to.number, shown: source)
  }

  private static func copyLink(_ source: String, to staged: String, _ status: stat) throws(SystemError) {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    try retryingInterrupts("read link \(source)") { readlink(source, &target, Int(PATH_MAX)) }
    try retryingInterrupts("make a copy of \(source)") { symlink(target, staged) }
    try retryingInterrupts("give away a copy of \(source)") { lchown(staged, status.st_uid, status.st_gid) }
    let stamps = [status.st_atim, status.st_mtim]
    _ = utimensat(AT_FDCWD, staged, stamps, AT_SYMLINK_NOFOLLOW)
  }

  private static func copyAttribute(
    _ name: [CChar], from source: Int32, to copy: Int32, shown: String
  ) throws(SystemError) {
    var value = [UInt8](repeating: 0, count: 65_536)
    let count = fgetxattr(source, name, &value, value.count)
    if count < 0 { return }
    if fsetxattr(copy, name, value, count, 0) == 0 { return }
    // Labels of security modules are set by the system; a file system without attributes has none to lose.
    let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if text.hasPrefix("security.") && errno != ENOSPC { return }
    throw SystemError("keep the attribute \(text) of \(shown)")
  }
}
