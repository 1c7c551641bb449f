internal import Foundation
internal import JourneymanSupport

/// Finds the files of an artifact or report in a workspace.
///
/// The workspace belongs to the build, which may still run and swap files for links: every path is opened beneath the
/// workspace's descriptor (`openat2`), so that nothing outside can be found or read. The rules, and the log lines, are
/// those of the buildspec reference. Where it is silent:
///
/// - names with a leading dot match like any other, braces stand for alternatives;
/// - a pattern matches files; to take a directory's content write `directory/**/*`;
/// - absolute paths and `..` are taken when they lead to a place in the workspace, and skipped with a line otherwise; such
///   files stand in the artifact under their path without the `..`;
/// - a symbolic link to a file in the workspace is taken as that file; links that lead out, or to directories, are
///   skipped with a line, unless `enable-symlinks` keeps them;
/// - pipes, sockets and devices are skipped with a line;
/// - where two files have the same path in the artifact the first by the bytes of its workspace path stays.
///
/// A collector blocks: use it on a thread of its own.
public struct ArtifactCollector {
  private let root: Int32
  private let workspacePath: String
  private let limits: CollectionLimits
  private let isCancelled: () -> Bool
  private let log: (String) -> Void

  /// Prepares collecting.
  ///
  /// - Parameters:
  ///   - root: an open descriptor of the original build directory; stays open as long as the collector is used.
  ///   - workspacePath: where the build saw that directory, for absolute paths in patterns.
  ///   - limits: bounds on the number of files and the length of paths.
  ///   - isCancelled: asked now and then; collecting stops when it says true.
  ///   - log: receives the lines of the build log, without a time or a prefix.
  public init(
    root: Int32, workspacePath: String, limits: CollectionLimits = CollectionLimits(),
    isCancelled: @escaping () -> Bool = { false }, log: @escaping (String) -> Void
  ) {
    self.root = root
    self.workspacePath = workspacePath
    self.limits = limits
    self.isCancelled = isCancelled
    self.log = log
  }

  /// Finds the files.
  ///
  /// - Returns: at least one file, sorted by archive path.
  /// - Throws: ``ArtifactError``: `no matching base directory path found for X` and `no matching artifact paths found`
  ///   as the buildspec reference words them, and others when a pattern is too complex or there is too much to collect.
  public func collect(_ rules: CollectionRules) throws(ArtifactError) -> FileCollection {
    var excluded: [GlobPattern] = []
    for text in rules.excludePaths {
      do {
        excluded.append(try GlobPattern(text))
      } catch {
        throw ArtifactError(.invalidPattern, error.description, underlying: error)
      }
    }
    let bases = try baseDirectories(rules.baseDirectory)
    var search = FileSearch(
      root: root, walk: TreeWalk(limits: limits, isCancelled: isCancelled), excluded: excluded, rules: rules,
      skips: SkipLog(limit: limits.namedSkips, log: log))
    for base in bases {
      log("Expanding file paths for base directory \(base.isEmpty ? "." : base)")
      log("Assembling file list")
      for text in rules.files {
        log("Expanding \(text)")
        guard let scope = try PatternScope(text, base: base, workspacePath: workspacePath) else {
          log("Skipping invalid file path \(text): it is outside the workspace")
          continue
        }
        let before = search.found.count
        try search.run(scope)
        if search.found.count == before { log("Skipping invalid file path \(text)") }
      }
    }
    let collection = FileCollection(search.found) { left, kept in
      search.skips.skip(left.path, "\(String(decoding: kept.path, as: UTF8.self)) has the same path in the artifact")
    }
    search.skips.finish()
    if collection.files.isEmpty { throw ArtifactError(.noMatchingFiles, "no matching artifact paths found") }
    log("Found \(collection.files.count) file(s)")
    return collection
  }

  /// The directories that `base-directory` stands for, relative to the workspace and normalised.
  private func baseDirectories(_ text: String) throws(ArtifactError) -> [String] {
    log("Expanding base directory path: \(text)")
    log("Assembling file list")
    log("Expanding \(text)")
    let missing = ArtifactError(
      .noMatchingBaseDirectory, "no matching base directory path found for \(text)")
    guard let scope = try PatternScope.baseDirectory(text, workspacePath: workspacePath) else {
      log("Skipping invalid base directory \(text): it is outside the workspace")
      throw missing
    }
    let found = try DirectorySearch(root: root, walk: TreeWalk(limits: limits, isCancelled: isCancelled)).run(scope)
    if found.isEmpty { throw missing }
    return found
  }
}
