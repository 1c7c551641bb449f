/// Which files of a workspace make up one artifact or report: the keys of a buildspec's `artifacts`, of each of its
/// `secondary-artifacts` and of each of `reports`, after environment variables in them were expanded.
public struct CollectionRules: Sendable, Hashable {
  /// Patterns relative to the base directory; an absolute path is taken when it lies in the workspace.
  public var files: [String]
  /// Patterns, relative to the base directory, of files to leave out.
  public var excludePaths: [String]
  /// A directory, or a pattern of directories, relative to the original build directory.
  public var baseDirectory: String
  /// Whether files are put side by side under their last path component.
  public var discardPaths: Bool
  /// Whether symbolic links that stay within the artifact are kept as links; otherwise the content they lead to is taken.
  public var enableSymlinks: Bool

  /// Describes what to collect.
  public init(
    files: [String], excludePaths: [String] = [], baseDirectory: String = ".", discardPaths: Bool = false,
    enableSymlinks: Bool = false
  ) {
    self.files = files
    self.excludePaths = excludePaths
    self.baseDirectory = baseDirectory
    self.discardPaths = discardPaths
    self.enableSymlinks = enableSymlinks
  }
}

/// Bounds on what one collection may hold: a build controls its workspace, and must not exhaust the worker's memory.
public struct CollectionLimits: Sendable, Hashable {
  /// The largest number of files, and of entries in the directories that are walked.
  public var entries: Int
  /// The longest path in bytes, relative to the workspace. No zip archive holds a longer one than the default.
  public var pathLength: Int
  /// How many skipped paths are named in the log; the rest are counted.
  public var namedSkips: Int

  /// Sets the bounds.
  public init(entries: Int = 5_000_000, pathLength: Int = 65_535, namedSkips: Int = 100) {
    self.entries = entries
    self.pathLength = pathLength
    self.namedSkips = namedSkips
  }
}
