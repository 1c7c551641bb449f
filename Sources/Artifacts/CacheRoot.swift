/// A directory that cached files are kept from and restored into: the workspace, the build's home, a mounted cache.
public struct CacheRoot: Sendable, Hashable {
  /// What archives call it. The same in every build, so that a cache restores where another build's workspace lies
  /// elsewhere.
  public let name: String
  /// Where the build sees it.
  public let visiblePath: String
  /// The open directory; stays open as long as the root is used.
  public let descriptor: Int32

  /// Describes a root.
  public init(name: String, visiblePath: String, descriptor: Int32) {
    self.name = name
    self.visiblePath = visiblePath
    self.descriptor = descriptor
  }
}

/// The roots of one build, and which of them a path of `cache.paths` lies in.
public struct CacheRoots: Sendable {
  /// Where relative paths lie.
  public let workspace: CacheRoot
  /// Where `~` lies; `nil` if the build has no home that outlives its commands.
  public let home: CacheRoot?
  /// Further directories.
  public let others: [CacheRoot]

  /// Describes the roots of a build.
  public init(workspace: CacheRoot, home: CacheRoot? = nil, others: [CacheRoot] = []) {
    self.workspace = workspace
    self.home = home
    self.others = others
  }

  var all: [CacheRoot] { [workspace] + (home.map { [$0] } ?? []) + others }

  /// The root that holds a path and the pattern relative to it.
  ///
  /// - Returns: `nil` when no root does.
  func locate(_ path: String) throws(ArtifactError) -> (root: CacheRoot, scope: PatternScope)? {
    if path == "~" || path.hasPrefix("~/") {
      guard let home else { return nil }
      let rest = String(path.dropFirst(path == "~" ? 1 : 2))
      return try PatternScope(rest, base: "", workspacePath: home.visiblePath).map { (home, $0) }
    }
    if !path.hasPrefix("/") {
      return try PatternScope(path, base: "", workspacePath: workspace.visiblePath).map { (workspace, $0) }
    }
    // The innermost root wins.
    for root in all.sorted(by: { $0.visiblePath.utf8.count > $1.visiblePath.utf8.count }) {
      if let scope = try PatternScope(path, base: "", workspacePath: root.visiblePath) { return (root, scope) }
    }
    return nil
  }
}
