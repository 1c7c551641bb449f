import Foundation

/// The name of a directory entry as the bytes it is: a build may use any but NUL and the slash, also such that are not
/// UTF-8.
public struct EntryName: Sendable, Hashable {
  /// The name, without the NUL that ends it.
  public let bytes: [UInt8]

  /// Wraps the bytes of a name.
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The name for messages: what is not UTF-8 is repaired.
  public var shown: String { String(decoding: bytes, as: UTF8.self) }

  /// Lends the name as a C string.
  public func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    try (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return try body("") }
      return try body(base)
    }
  }
}

extension FileSystem {
  /// The names in an open directory, without `.` and `..`, in the order of the file system.
  ///
  /// - Throws: ``SystemError``.
  public static func entryNames(of directory: Int32, shown: String) throws(SystemError) -> [EntryName] {
    try rawEntries(of: directory, shown: shown).map { EntryName($0.name) }
  }

  /// Removes one entry of an open directory, and what is in it, without following links or leaving it, whatever modes
  /// a build left on directories. What is already gone is no error.
  ///
  /// Recursive over depth, iterative over siblings: descriptors are held only along the current path.
  ///
  /// - Parameter shown: what error messages call the entry.
  /// - Throws: ``SystemError`` naming the first entry that could not be removed.
  public static func removeEntry(_ name: EntryName, in parent: Int32, shown: String) throws(SystemError) {
    if name.withCString({ unlinkat(parent, $0, 0) }) == 0 || errno == ENOENT { return }
    if errno != EISDIR && errno != EPERM && errno != EACCES { throw SystemError("remove \(shown)") }
    let refusal = errno
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var directory = name.withCString { openat(parent, $0, flags) }
    if directory < 0 && errno == EACCES {
      _ = name.withCString { fchmodat(parent, $0, 0o700, 0) }
      directory = name.withCString { openat(parent, $0, flags) }
    }
    if directory < 0 {
      if errno == ENOTDIR || errno == ELOOP { throw SystemError("remove \(shown)", number: refusal) }
      throw SystemError("open \(shown)")
    }
    let owned = OwnedDescriptor(taking: directory)
    _ = fchmod(owned.number, 0o700)
    for entry in try entryNames(of: owned.number, shown: shown) {
      try removeEntry(entry, in: owned.number, shown: shown + "/" + entry.shown)
    }
    let status = name.withCString { unlinkat(parent, $0, AT_REMOVEDIR) }
    if status != 0 && errno != ENOENT { throw SystemError("remove \(shown)") }
  }
}
