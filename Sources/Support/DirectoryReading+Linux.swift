internal import CLinux
import Foundation

/// Reading directories and opening files whose names are any bytes, as names on Linux are.
extension FileSystem {
  /// One name in a directory.
  public struct DirectoryEntry: Sendable, Hashable {
    /// What the directory says the entry is.
    public enum Kind: Sendable, Hashable {
      /// A regular file.
      case file
      /// A directory.
      case directory
      /// A symbolic link.
      case symbolicLink
      /// A pipe, socket or device.
      case special
      /// The file system does not say; look at the entry itself.
      case unknown
    }

    /// The name: bytes without a slash or a zero.
    public let name: [UInt8]
    /// What the directory says it is; a hint, because the entry may be replaced at any time.
    public let kind: Kind
  }

  /// The entries of an open directory, without `.` and `..`, in the order of the file system.
  ///
  /// - Parameters:
  ///   - shown: what error messages call the directory.
  ///   - limit: the largest number of entries to read.
  /// - Throws: ``SystemError``; `E2BIG` when there are more than `limit` entries.
  public static func rawEntries(
    of directory: Int32, shown: @autoclosure () -> String, limit: Int = .max
  ) throws(SystemError) -> [DirectoryEntry] {
    let copy = try retryingInterrupts("open \(shown())") {
      openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard let stream = fdopendir(copy) else {
      let error = SystemError("list \(shown())")
      close(copy)
      throw error
    }
    defer { closedir(stream) }
    var found: [DirectoryEntry] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw SystemError("list \(shown())") }
        return found
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")] { continue }
      if found.count == limit { throw SystemError("list \(shown())", number: E2BIG) }
      found.append(DirectoryEntry(name: name, kind: kind(entry.pointee.d_type)))
    }
  }

  private static func kind(_ type: UInt8) -> DirectoryEntry.Kind {
    switch Int(type) {
    case Int(DT_REG): .file
    case Int(DT_DIR): .directory
    case Int(DT_LNK): .symbolicLink
    case Int(DT_UNKNOWN): .unknown
    default: .special
    }
  }

  /// Opens a path given as bytes beneath a directory, like ``openBeneath(_:_:flags:mode:followSymlinks:)``, and of any
  /// length: what is longer than the kernel takes at once is opened in several steps, each beneath the one before.
  ///
  /// - Parameter path: relative to `root`; empty for `root` itself.
  /// - Throws: ``SystemError``; `EXDEV` when the path would leave `root`.
  public static func openBeneath(
    _ root: Int32, bytes path: some Collection<UInt8>, flags: Int32, mode: UInt32 = 0o600,
    followSymlinks: Bool = false
  ) throws(SystemError) -> OwnedDescriptor {
    var rest = Array(path)[...]
    var step = try openBeneath(root, step: [], flags: pathOnly | O_DIRECTORY, mode: 0, followSymlinks: false)
    while rest.count > longestStep {
      guard let cut = rest.prefix(longestStep).lastIndex(of: UInt8(ascii: "/")) else { break }
      step = try openBeneath(
        step.number, step: rest[..<cut], flags: pathOnly | O_DIRECTORY, mode: 0, followSymlinks: followSymlinks)
      rest = rest[(cut + 1)...].drop { $0 == UInt8(ascii: "/") }
    }
    return try openBeneath(step.number, step: rest, flags: flags, mode: mode, followSymlinks: followSymlinks)
  }

  /// The flag `O_PATH`, which Swift's Glibc lacks: a descriptor that names a file without opening it.
  public static let pathOnly: Int32 = 0x200000

  /// Below the kernel's `PATH_MAX` of 4,096 bytes.
  private static let longestStep = 4000

  private static func openBeneath(
    _ root: Int32, step: ArraySlice<UInt8>, flags: Int32, mode: UInt32, followSymlinks: Bool
  ) throws(SystemError) -> OwnedDescriptor {
    let resolve =
      (followSymlinks ? journeyman_resolve_beneath : journeyman_resolve_no_symlinks) | mountBoundary
    let name = (step.isEmpty ? [UInt8(ascii: ".")] : Array(step)).map { CChar(bitPattern: $0) } + [0]
    let creates = flags & O_CREAT != 0
    while true {
      let result = journeyman_openat2(
        root, name, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), creates ? UInt64(mode) : 0, resolve)
      if result >= 0 { return OwnedDescriptor(taking: result) }
      // EAGAIN: a rename raced with the resolution; the kernel asks for another try.
      if errno != EINTR && errno != EAGAIN {
        throw SystemError("open \(String(decoding: step, as: UTF8.self))")
      }
    }
  }
}
