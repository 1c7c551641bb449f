import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Makes what is installed: complete, with owner and mode, before it has its name. Blocks.
enum FileMaking {
  /// Copies a file.
  ///
  /// - Parameter staged: the name that it has meanwhile, in the same directory.
  static func copy(_ item: InstallPlan.Item, by staged: String) throws(PluginError) {
    unlink(staged)
    let source = try opened(item.source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    let copy = try opened(staged, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    try HostFiles.copyContent(from: source.fileDescriptor, to: copy.fileDescriptor, name: item.source)
    var status = stat()
    try check(fstat(source.fileDescriptor, &status), "look at \(item.source)")
    try finish(copy, item)
    try check(futimens(copy.fileDescriptor, [status.st_atim, status.st_mtim]), "set the times of \(item.path)")
    try HostFiles.place(staged, at: item.path)
  }

  /// Makes a symbolic link.
  static func link(_ item: InstallPlan.Item, to target: [UInt8], by staged: String) throws(PluginError) {
    unlink(staged)
    try check(symlink(target.map { CChar(bitPattern: $0) } + [0], staged), "make the link \(item.path)")
    if item.owner != nil || item.group != nil {
      let (owner, group) = (item.owner ?? uid_t.max, item.group ?? gid_t.max)
      try check(lchown(staged, owner, group), "change the owner of \(item.path)")
    }
    try HostFiles.place(staged, at: item.path)
  }

  /// Makes a directory.
  static func makeDirectory(_ item: InstallPlan.Item) throws(PluginError) {
    try check(mkdir(item.path, 0o700), "make the directory \(item.path)")
    try finish(try opened(item.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), item)
  }

  /// The owner first: changing it takes set-user-ID bits away, which the reference agent thereby loses.
  private static func finish(_ file: FileHandle, _ item: InstallPlan.Item) throws(PluginError) {
    if item.owner != nil || item.group != nil {
      let (owner, group) = (item.owner ?? uid_t.max, item.group ?? gid_t.max)
      try check(fchown(file.fileDescriptor, owner, group), "change the owner of \(item.path)")
    }
    try check(fchmod(file.fileDescriptor, item.mode), "set the mode of \(item.path)")
  }

  private static func opened(_ path: String, _ flags: Int32) throws(PluginError) -> FileHandle {
    let number = open(path, flags | O_CLOEXEC, 0o600)
    try check(number, "open \(path)")
    return FileHandle(fileDescriptor: number, closeOnDealloc: true)
  }

  private static func check(_ result: Int32, _ attempt: String) throws(PluginError) {
    if result < 0 { throw PluginError(.file, "cannot \(attempt): \(String(cString: strerror(errno)))") }
  }
}
