internal import CLinux
import Foundation
public import JourneymanSupport

/// A file that appears under its name when it is complete, and not at all before.
///
/// The content is written to a file without a name, which the kernel takes away when the process ends in whatever way;
/// on file systems that have no such files, to one named `….partial`. A device, pipe or socket that has the name
/// already is written to as it is.
public struct OutputFile: ~Copyable {
  /// Where to write.
  public let descriptor: OwnedDescriptor
  private let path: String
  private let replaces: Bool
  private let kind: Kind

  /// Whether somebody sees what is written before ``commit()``: a device, a pipe, standard output.
  public var isVisible: Bool { kind == .existing }

  private enum Kind: Equatable {
    case unnamed
    case staged(String)
    case existing
  }

  /// Opens a new file.
  ///
  /// - Parameters:
  ///   - path: where it is to appear; `-` is standard output.
  ///   - mode: its permission bits, whatever the process's mask says.
  ///   - replaces: whether a file of that name may be replaced.
  /// - Throws: ``SealingError``; `exists` when there is such a file and it may not be replaced.
  public init(_ path: String, mode: UInt32, replaces: Bool) throws(SealingError) {
    self.path = path
    self.replaces = replaces
    do throws(SystemError) {
      if path == "-" {
        descriptor = OwnedDescriptor(
          taking: try retryingInterrupts("use standard output") { journeyman_duplicate_cloexec(1, 3) })
        kind = .existing
        return
      }
      var status = stat()
      if stat(path, &status) == 0 {
        switch status.st_mode & S_IFMT {
        case S_IFREG where replaces: break
        case S_IFDIR, S_IFREG:
          throw SystemError("write \(path)", number: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EEXIST)
        default:
          descriptor = try FileSystem.open(path, flags: O_WRONLY)
          kind = .existing
          return
        }
      }
      let unnamed = journeyman_open_unnamed(PathName.directory(of: path), mode)
      if unnamed >= 0 {
        descriptor = OwnedDescriptor(taking: unnamed)
        kind = .unnamed
      } else {
        let staged = Self.stagedName(path)
        descriptor = try FileSystem.open(staged, flags: O_RDWR | O_CREAT | O_EXCL, mode: mode)
        kind = .staged(staged)
      }
      _ = fchmod(descriptor.number, mode)
    } catch {
      throw Self.complaint(about: path, error)
    }
  }

  /// Gives the file its name, after its content has reached the disk.
  ///
  /// - Throws: ``SealingError``; `exists` when somebody made a file of that name meanwhile.
  public consuming func commit() throws(SealingError) {
    do throws(SystemError) {
      switch kind {
      case .existing: return
      case .staged(let staged):
        try retryingInterrupts("flush \(path)") { fsync(descriptor.number) }
        try Self.rename(staged, to: path, replaces: replaces)
      case .unnamed:
        try retryingInterrupts("flush \(path)") { fsync(descriptor.number) }
        let link = "/proc/self/fd/\(descriptor.number)"
        let name = replaces ? Self.stagedName(path) : path
        try retryingInterrupts("make \(path)") { linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) }
        if replaces { try Self.rename(name, to: path, replaces: true) }
      }
      try FileSystem.flushDirectory(of: path)
    } catch {
      throw Self.complaint(about: path, error)
    }
  }

  deinit {
    // After a commit the staged name is gone, and this finds nothing.
    if case .staged(let staged) = kind { unlink(staged) }
  }

  private static func rename(_ staged: String, to path: String, replaces: Bool) throws(SystemError) {
    do throws(SystemError) {
      try retryingInterrupts("make \(path)") {
        replaces ? Foundation.rename(staged, path) : journeyman_rename_noreplace(AT_FDCWD, staged, AT_FDCWD, path)
      }
    } catch {
      unlink(staged)
      throw error
    }
  }

  private static func stagedName(_ path: String) -> String {
    "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).partial"
  }

  private static func complaint(about path: String, _ error: SystemError) -> SealingError {
    if error.number == EEXIST {
      return SealingError(
        .exists, "\(path) exists already; choose another name with -o, or replace it with --force", underlying: error)
    }
    return SealingError(.system, "cannot make \(path): \(error.reason)", underlying: error)
  }
}
