/// The parts of a path, as dirname(1) and basename(1) see them.
///
/// Foundation's `deletingLastPathComponent` traps on Linux for a path of one character, such as `open x.age` makes.
public enum PathName {
  /// What comes before the last component: `/a` of `/a/b`, `.` of `b`, `/` of `/b`.
  public static func directory(of path: String) -> String {
    guard let last = bounds(of: path) else { return path.hasPrefix("/") ? "/" : "." }
    var parent = path.utf8[..<last.lowerBound]
    if parent.isEmpty { return "." }
    while parent.count > 1, parent.last == slash { parent.removeLast() }
    return String(parent) ?? "."
  }

  /// The last component without slashes: `b` of `/a/b/`, `/` of `/`, nothing of nothing.
  public static func last(of path: String) -> String {
    guard let last = bounds(of: path) else { return path.hasPrefix("/") ? "/" : "" }
    return String(path.utf8[last]) ?? path
  }

  private static let slash = UInt8(ascii: "/")

  /// Where the last component stands; `nil` when there is none.
  private static func bounds(of path: String) -> Range<String.UTF8View.Index>? {
    guard let last = path.utf8.lastIndex(where: { $0 != slash }) else { return nil }
    let start = path.utf8[...last].lastIndex(of: slash).map { path.utf8.index(after: $0) } ?? path.utf8.startIndex
    return start..<path.utf8.index(after: last)
  }
}
