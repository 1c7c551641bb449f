/// The name of a directory entry as the bytes it is: a build may use any but NUL and the slash, also such that are not
/// UTF-8.
public struct EntryName: Sendable, Hashable {
  /// The name, without the NUL that ends it.
  public let bytes: [UInt8]

  /// Wraps the bytes of a name.
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The name for messages: what is not UTF-8 is repaired.
  public var shown: String { String(decoding: bytes, as: UTF8.self) }

  /// The name as text; `nil` when it is not UTF-8, so that no text could open it again.
  public var text: String? { String(validating: bytes, as: UTF8.self) }

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
}
