internal import CLinux
import Foundation

/// File operations with the guarantees an agent needs: bounded, atomic, and unable to leave a root directory.
public enum FileSystem {
  /// Opens a file close-on-exec.
  ///
  /// - Parameters:
  ///   - path: a path of the agent's or the user's own, whose links are followed unless `flags` say `O_NOFOLLOW`; for
  ///     paths a build controls use ``openBeneath(_:_:flags:mode:followSymlinks:)``.
  ///   - flags: `open(2)` flags, such as `O_RDONLY`.
  ///   - mode: permission bits of a file that is created.
  /// - Throws: ``SystemError``.
  public static func open(
    _ path: String, flags: Int32, mode: UInt32 = 0o600
  ) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(
      taking: try retryingInterrupts("open \(path)") {
        Foundation.open(path, flags | O_CLOEXEC, mode)
      })
  }

  /// Opens `path` relative to a directory; resolution can never leave that directory (`openat2`, `RESOLVE_BENEATH`),
  /// not even while somebody swaps directories for symbolic links.
  ///
  /// - Parameters:
  ///   - root: the descriptor of the directory to stay beneath.
  ///   - path: a path relative to `root`, without a leading slash.
  ///   - followSymlinks: whether links that stay beneath `root` are followed; otherwise any link is an error (`ELOOP`).
  /// - Throws: ``SystemError``; `EXDEV` when the path would leave `root`.
  public static func openBeneath(
    _ root: Int32, _ path: String, flags: Int32, mode: UInt32 = 0o600, followSymlinks: Bool = false
  ) throws(SystemError) -> OwnedDescriptor {
    let resolve =
      (followSymlinks ? journeyman_resolve_beneath : journeyman_resolve_no_symlinks) | mountBoundary
    let creates = flags & (O_CREAT | 0x400000 /* __O_TMPFILE without O_DIRECTORY */) != 0
    while true {
      let result = journeyman_openat2(
        root, path, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), creates ? UInt64(mode) : 0, resolve)
      if result >= 0 { return OwnedDescriptor(taking: result) }
      // EAGAIN: a rename raced with the resolution; the kernel asks for another try.
      if errno != EINTR && errno != EAGAIN { throw SystemError("open \(path)") }
    }
  }

  /// Reads a whole file of at most `limit` bytes.
  ///
  /// - Throws: ``SystemError``; `EFBIG` when the file is longer than `limit`.
  public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let file = try open(path, flags: O_RDONLY | O_NONBLOCK)
    return try readAll(file.number, limit: limit, name: path)
  }

  /// Reads an open file to its end.
  ///
  /// - Parameter name: what error messages call the file.
  /// - Throws: ``SystemError``; `EFBIG` when there are more than `limit` bytes.
  public static func readAll(_ descriptor: Int32, limit: Int, name: String) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = try retryingInterrupts("read \(name)") {
        chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
      }
      if count == 0 { return bytes }
      if bytes.count + count > limit { throw SystemError("read \(name)", number: EFBIG) }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Writes all bytes to a blocking descriptor.
  ///
  /// - Parameter name: what error messages call the file.
  /// - Throws: ``SystemError``.
  public static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String
  ) throws(SystemError) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = try retryingInterrupts("write \(name)") { Foundation.write(descriptor, base, rest.count) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Writes all bytes to a blocking descriptor.
  ///
  /// - Parameter name: what error messages call the file.
  /// - Throws: ``SystemError``.
  public static func writeAll(_ bytes: [UInt8], to descriptor: Int32, name: String) throws(SystemError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(SystemError) in try writeAll(buffer, to: descriptor, name: name) }
    }
    try result.get()
  }

  /// How many bytes a pipe or socket holds that can be read without waiting; 0 when it cannot tell.
  public static func readableBytes(_ descriptor: Int32) -> Int {
    var count: Int32 = 0
    return journeyman_readable_bytes(descriptor, &count) == 0 ? Int(count) : 0
  }

  /// Replaces a file in one step: readers see the old content or the new, never a part, also after a power cut.
  ///
  /// - Parameters:
  ///   - bytes: the new content.
  ///   - path: the file; its directory must exist.
  ///   - mode: permission bits of the new file.
  /// - Throws: ``SystemError``.
  public static func writeAtomically(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644
  ) throws(SystemError) {
    let staged = path + ".\(getpid()).\(UInt32.random(in: .min ... .max)).partial"
    do throws(SystemError) {
      let file = try open(staged, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
      try writeAll(bytes, to: file.number, name: path)
      try retryingInterrupts("flush \(path)") { fsync(file.number) }
      try retryingInterrupts("rename \(staged) to \(path)") { rename(staged, path) }
    } catch {
      unlink(staged)
      throw error
    }
    try flushDirectory(of: path)
  }

  /// Makes a rename or a new entry in the directory of `path` durable.
  ///
  /// - Throws: ``SystemError``.
  public static func flushDirectory(of path: String) throws(SystemError) {
    let name = PathName.directory(of: path)
    let directory = OwnedDescriptor(
      taking: try retryingInterrupts("open \(name)") { Foundation.open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    try retryingInterrupts("flush \(name)") { fsync(directory.number) }
  }

  /// Makes a directory and those above it that are missing.
  ///
  /// - Parameter mode: permission bits of each directory that is made.
  /// - Throws: ``SystemError``.
  public static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
    if mkdir(path, mode) == 0 { return }
    switch errno {
    case EEXIST:
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
      throw SystemError("make directory \(path)", number: EEXIST)
    case ENOENT:
      let parent = PathName.directory(of: path)
      if parent == "." || parent == path { throw SystemError("make directory \(path)", number: ENOENT) }
      try makeDirectories(parent, mode: mode)
      if mkdir(path, mode) != 0 && errno != EEXIST { throw SystemError("make directory \(path)") }
    default:
      throw SystemError("make directory \(path)")
    }
  }
}
