/// Paths as the kernel sees them, byte by byte: to Swift, a slash with a combining mark after it is no slash.
enum PathText {
  /// The names in a path, without empty ones and `.`.
  static func names(_ path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }.filter { $0 != "." }
  }

  /// Whether a path begins with a slash.
  static func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

  /// A path relative to a directory that it lies beneath; `nil` when it does not.
  static func relative(_ path: String, to directory: String) -> String? {
    let prefix = directory == "/" ? "/" : directory + "/"
    return path.utf8.starts(with: prefix.utf8) ? String(Substring(path.utf8.dropFirst(prefix.utf8.count))) : nil
  }

  /// A path with a name or relative path after it.
  static func join(_ directory: String, _ inner: String) -> String {
    directory == "/" ? "/" + inner : directory + "/" + inner
  }

  /// The directory that a path lies in.
  static func parent(of path: String) -> String { "/" + names(path).dropLast().joined(separator: "/") }

  /// The last name of a path.
  static func last(of path: String) -> String { names(path).last ?? path }
}
