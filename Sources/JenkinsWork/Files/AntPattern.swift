internal import JourneymanSupport

/// A file pattern in the words of Ant: `*`, `?` and `**`, a slash at the end for everything beneath. Brackets, braces and
/// backslashes mean nothing special, a backslash being another slash.
struct AntPattern {
  private let patterns: [GlobPattern]
  private let isCaseSensitive: Bool

  /// - Throws: `GlobPatternError` when the pattern is too long.
  init(_ text: String, isCaseSensitive: Bool = true) throws(GlobPatternError) {
    self.isCaseSensitive = isCaseSensitive
    var path = (isCaseSensitive ? text : text.lowercased()).replacing("\\", with: "/")
    if path.hasSuffix("/") { path += "**" }
    var patterns = [try Self.compile(path)]
    // `dir/**` is also a file `dir`.
    if path.hasSuffix("/**") { patterns.append(try Self.compile(String(path.dropLast(3)))) }
    self.patterns = patterns
  }

  private static func compile(_ path: String) throws(GlobPatternError) -> GlobPattern {
    var escaped = ""
    for character in path {
      if "[]{}".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return try GlobPattern(escaped)
  }

  func matches(_ path: [UInt8]) -> Bool { patterns.contains { $0.matches(folded(path)) } }

  /// Whether something beneath a directory could match.
  func couldMatchBeneath(_ directory: [UInt8]) -> Bool {
    guard let text = String(validating: folded(directory), as: UTF8.self) else { return true }
    return patterns.contains { $0.couldMatchBeneath(text) }
  }

  func matchesEverythingBeneath(_ directory: [UInt8]) -> Bool {
    guard let text = String(validating: folded(directory), as: UTF8.self) else { return false }
    return patterns.contains { $0.matchesEverythingBeneath(text) }
  }

  private func folded(_ path: [UInt8]) -> [UInt8] {
    isCaseSensitive ? path : Array(String(decoding: path, as: UTF8.self).lowercased().utf8)
  }

  /// What Ant leaves out unless told otherwise (`DirectoryScanner.DEFAULTEXCLUDES` of version 1.10).
  static let defaultExcludes = [
    "**/*~", "**/#*#", "**/.#*", "**/%*%", "**/._*", "**/CVS", "**/CVS/**", "**/.cvsignore", "**/SCCS", "**/SCCS/**",
    "**/vssver.scc", "**/.svn", "**/.svn/**", "**/.DS_Store", "**/.git", "**/.git/**", "**/.gitattributes",
    "**/.gitignore", "**/.gitmodules", "**/.hg", "**/.hg/**", "**/.hgignore", "**/.hgsub", "**/.hgsubstate",
    "**/.hgtags", "**/.bzr", "**/.bzr/**", "**/.bzrignore",
  ]
}
