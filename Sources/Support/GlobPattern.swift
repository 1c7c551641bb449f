/// A file pattern as buildspecs write them under `artifacts`, `cache` and `reports`, matched against paths relative to a
/// base directory.
///
/// The rules are those of the buildspec reference (`*` within one component, `**` across components, names with a
/// leading dot match like any other), with POSIX brackets and csh braces:
///
/// - `*` any run of characters within a component, `?` one character, `[a-z]`, `[!a]` or `[^a]` one of (or not of) a set
/// - `**` as a whole component: any number of components, none included; at the end of a pattern at least one. Within a
///   component it means the same as `*`
/// - `{a,b}` either text; groups nest and may contain slashes; `{}` is literal, and so is a brace without its partner
/// - `\` takes the next character literally; a `[` that is never closed is literal
///
/// Paths are bytes. A character is one UTF-8 scalar, or one byte where the bytes are not UTF-8. Empty components and `.`
/// are dropped from patterns and paths. A pattern that starts with `/` matches only paths that do. `..` is an ordinary
/// name: whether it may be followed is the walker's decision (see ``hasParentReference``).
///
/// Matching takes time proportional to the product of the two lengths at worst, whatever the pattern: the only choice a
/// matcher has to undo is the last star.
public struct GlobPattern: Sendable, Hashable, CustomStringConvertible {
  /// The pattern as it was written.
  public let description: String

  private let alternatives: [GlobAlternative]

  /// Compiles a pattern.
  ///
  /// - Throws: ``GlobPatternError`` when the pattern is longer than 4,096 bytes, its braces stand for more than 1,024
  ///   texts, or they nest deeper than 16 levels.
  public init(_ pattern: String) throws(GlobPatternError) {
    description = pattern
    alternatives = try BraceExpansion.expand(pattern).map(GlobAlternative.init)
  }

  /// Checks the bounds of ``init(_:)`` at little cost, for a pattern that is kept and compiled later.
  ///
  /// - Throws: ``GlobPatternError`` where ``init(_:)`` would.
  public static func check(_ pattern: String) throws(GlobPatternError) {
    try BraceExpansion.check(pattern)
  }

  /// Whether the pattern matches a path, which is separated by slashes and relative to the base directory (or absolute,
  /// for an absolute pattern).
  public func matches(_ path: String) -> Bool {
    var path = path
    return path.withUTF8 { matches($0) }
  }

  /// Whether the pattern matches a path given as bytes.
  public func matches(_ path: [UInt8]) -> Bool {
    path.withUnsafeBufferPointer { matches($0) }
  }

  /// Whether some path beneath a directory, at any depth, could match: if not, a walker need not enter it.
  ///
  /// - Parameter directory: a path like those given to ``matches(_:)-(String)``; the empty path is the base directory.
  public func couldMatchBeneath(_ directory: String) -> Bool {
    any(directory) { alternative, path in alternative.couldMatchBeneath(path) }
  }

  /// Whether every path beneath a directory matches: a walker that leaves matching paths out need not enter it.
  public func matchesEverythingBeneath(_ directory: String) -> Bool {
    any(directory) { alternative, path in alternative.matchesEverythingBeneath(path) }
  }

  /// Whether the pattern, or one of its alternatives, is an absolute path.
  public var isAbsolute: Bool { alternatives.contains { $0.isAbsolute } }

  /// Whether the pattern has a `..` component, with which it could leave the base directory.
  public var hasParentReference: Bool { alternatives.contains { $0.hasParentReference } }

  /// Where a walk for this pattern can start, one path for each alternative: the leading directories that are written
  /// out, such as `target/site` for `target/site/**/*.html`, `/` for `/*` and the empty path for `*.jar`.
  public var startingDirectories: [String] {
    var seen: Set<String> = []
    return alternatives.map(\.startingDirectory).filter { seen.insert($0).inserted }
  }

  private func matches(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
    alternatives.contains { $0.matches(PathComponents(path)) }
  }

  private func any(_ path: String, _ holds: (GlobAlternative, PathComponents) -> Bool) -> Bool {
    var path = path
    return path.withUTF8 { bytes in alternatives.contains { holds($0, PathComponents(bytes)) } }
  }
}

/// A pattern that would cost too much to match.
public struct GlobPatternError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The pattern's first 80 characters and what is wrong with it.
  public let description: String

  init(_ pattern: String, _ reason: String) {
    description = "the pattern '\(pattern.prefix(80))\(pattern.count > 80 ? "…" : "")' \(reason)"
  }
}

/// The components of a path, cut as they are asked for: matching allocates nothing.
struct PathComponents {
  let isAbsolute: Bool
  private var rest: UnsafeBufferPointer<UInt8>.SubSequence

  init(_ path: UnsafeBufferPointer<UInt8>) {
    isAbsolute = path.first == UInt8(ascii: "/")
    rest = path[...]
  }

  /// The next component that is neither empty nor `.`, or `nil` at the end.
  mutating func next() -> UnsafeBufferPointer<UInt8>? {
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
      let component = UnsafeBufferPointer(rebasing: rest[..<end])
      rest = end == rest.endIndex ? rest[end...] : rest[(end + 1)...]
      if component.isEmpty || component.count == 1 && component[0] == UInt8(ascii: ".") { continue }
      return component
    }
    return nil
  }
}
