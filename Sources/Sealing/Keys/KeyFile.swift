internal import CLinux
import Foundation
internal import JourneymanSupport

/// Files that hold secret keys: made whole or not at all, readable by their owner only, never replaced.
enum KeyFile {
  /// Makes the file and, where they are missing, the directories above it (0700).
  ///
  /// - Throws: ``SealingError``; `exists` when the file is there.
  static func create(_ path: String, contents: [UInt8], what: String) throws(SealingError) {
    let staged = path + ".\(getpid()).\(UInt32.random(in: .min ... .max)).partial"
    do throws(SystemError) {
      try FileSystem.makeDirectories(PathName.directory(of: path), mode: 0o700)
      try FileSystem.writeAtomically(contents, to: staged, mode: 0o600)
      try retryingInterrupts("make \(path)") { journeyman_rename_noreplace(AT_FDCWD, staged, AT_FDCWD, path) }
      try FileSystem.flushDirectory(of: path)
    } catch {
      unlink(staged)
      if error.number == EEXIST {
        throw SealingError(
          .exists, "the \(what) \(path) exists already and is not replaced; name another file", underlying: error)
      }
      throw SealingError(.system, "cannot make the \(what) \(path): \(error.reason)", underlying: error)
    }
  }

  /// Reads the file, if nobody but its owner could have read or changed it.
  ///
  /// - Returns: `nil` when there is no such file.
  /// - Throws: ``SealingError``; `exposedKey` when others may read or write it, or it belongs to somebody else.
  static func read(_ path: String, what: String) throws(SealingError) -> [UInt8]? {
    do throws(SystemError) {
      let file = try FileSystem.open(path, flags: O_RDONLY | O_NONBLOCK)
      var status = stat()
      try retryingInterrupts("look at \(path)") { fstat(file.number, &status) }
      let exposed = status.st_mode & 0o077 != 0
      if exposed || status.st_uid != geteuid() && status.st_uid != 0 {
        throw SystemError("trust \(path)", number: EPERM)
      }
      return try FileSystem.readAll(file.number, limit: 1 << 20, name: path)
    } catch {
      switch error.number {
      case ENOENT, ENOTDIR: return nil
      case EPERM:
        throw SealingError(
          .exposedKey,
          "the \(what) \(path) may be read or changed by others; if nobody has, mend it: chmod 600 \(path)",
          underlying: error)
      default: throw SealingError(.system, "cannot read the \(what) \(path): \(error.reason)", underlying: error)
      }
    }
  }
}
