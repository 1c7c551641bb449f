/// Which files of a directory a step of Jenkins means.
public struct FileSelection: Codable, Sendable, Hashable {
  /// Ant patterns; a file has to match one.
  public var includes: [String]
  /// Ant patterns; a file must match none.
  public var excludes: [String]
  /// Whether Ant's default excludes (version control, editors' leftovers) hold too.
  public var usesDefaultExcludes: Bool
  /// Whether upper and lower case are told apart.
  public var isCaseSensitive: Bool
  /// Whether links that stay beneath the directory are followed to directories, and links to files count as files.
  public var followsLinks: Bool
  /// Whether directories whose names end in `@tmp` are left out: the controller keeps secrets of running steps there.
  public var leavesOutTemporary: Bool

  /// Describes a selection.
  public init(
    includes: [String], excludes: [String] = [], usesDefaultExcludes: Bool = true, isCaseSensitive: Bool = true,
    followsLinks: Bool = true, leavesOutTemporary: Bool = false
  ) {
    self.includes = includes
    self.excludes = excludes
    self.usesDefaultExcludes = usesDefaultExcludes
    self.isCaseSensitive = isCaseSensitive
    self.followsLinks = followsLinks
    self.leavesOutTemporary = leavesOutTemporary
  }

  /// The patterns of a list as Jenkins writes it, between commas.
  public static func patterns(_ list: String?) -> [String] {
    (list ?? "").split(separator: ",").map { pattern in
      String(pattern.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }.filter { !$0.isEmpty }
  }
}
