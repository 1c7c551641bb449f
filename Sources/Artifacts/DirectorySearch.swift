internal import Foundation
internal import JourneymanSupport

/// Finds the directories that a `base-directory` pattern stands for.
struct DirectorySearch {
  let root: Int32
  let walk: TreeWalk

  /// - Returns: paths relative to the workspace, sorted; empty when none is a directory. Names that are not UTF-8 do not
  ///   match.
  func run(_ scope: PatternScope) throws(ArtifactError) -> [String] {
    let pattern = scope.pattern.description
    if !pattern.utf8.contains(where: { "*?[{\\".utf8.contains($0) }) {
      let path = [scope.directory, pattern].filter { !$0.isEmpty }.joined(separator: "/")
      return isDirectory(path) ? [path] : []
    }
    let start: OwnedDescriptor
    do {
      start = try FileSystem.openBeneath(
        root, bytes: Array(scope.directory.utf8), flags: O_RDONLY | O_DIRECTORY, followSymlinks: true)
    } catch {
      return []
    }
    var found: [String] = []
    try walk.run(
      from: start.number, shownAs: scope.directory.isEmpty ? "." : scope.directory,
      enter: { path in
        String(validating: path, as: UTF8.self).map { scope.pattern.couldMatchBeneath($0) } ?? false
      },
      unreadable: { _, _ in },
      visit: { entry throws(ArtifactError) in
        let type = entry.status.st_mode & S_IFMT
        guard type == S_IFDIR || type == S_IFLNK, scope.pattern.matches(entry.path),
          let name = String(validating: entry.path, as: UTF8.self)
        else { return }
        let path = scope.directory.isEmpty ? name : scope.directory + "/" + name
        if isDirectory(path) { found.append(path) }
      })
    return found.sorted { compareBytes(Array($0.utf8)[...], Array($1.utf8)[...]) < 0 }
  }

  /// Whether a path is a directory, or a link within the workspace to one.
  private func isDirectory(_ path: String) -> Bool {
    do {
      _ = try FileSystem.openBeneath(
        root, bytes: Array(path.utf8), flags: FileSystem.pathOnly | O_DIRECTORY, followSymlinks: true)
      return true
    } catch {
      return false
    }
  }
}
