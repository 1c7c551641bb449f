internal import Foundation
internal import JourneymanSupport

/// Finds what the patterns of `cache.paths` keep: the files that match, and everything beneath directories that match,
/// with directories and links as they are.
struct CacheSearch {
  let walk: TreeWalk
  let skips: SkipLog

  /// - Returns: the entries, sorted by path, parents before what lies in them.
  func run(_ root: CacheRoot, _ scopes: [PatternScope]) throws(ArtifactError) -> [CollectedFile] {
    var found: [CollectedFile] = []
    for scope in scopes {
      let beneath: GlobPattern
      do {
        beneath = try GlobPattern(scope.pattern.description + "/**/*")
      } catch {
        throw ArtifactError(.invalidPattern, error.description, underlying: error)
      }
      for start in Set(scope.pattern.startingDirectories).sorted() {
        let directory: OwnedDescriptor
        do {
          directory = try FileSystem.openBeneath(
            root.descriptor, bytes: Array(start.utf8), flags: O_RDONLY | O_DIRECTORY)
        } catch {
          if error.number != ENOENT { skips.skip(Array(start.utf8), "it cannot be opened: \(error.reason)") }
          continue
        }
        try walk.run(
          from: directory.number, shownAs: start.isEmpty ? root.visiblePath : start,
          enter: { path in
            guard let text = String(validating: joinBytes(start, path), as: UTF8.self) else { return true }
            return scope.pattern.couldMatchBeneath(text) || beneath.couldMatchBeneath(text)
          },
          unreadable: { path, error in skips.skip(joinBytes(start, path), error.reason) },
          visit: { entry throws(ArtifactError) in
            let path = joinBytes(start, entry.path)
            guard scope.pattern.matches(path) || beneath.matches(path) else { return }
            if let kept = kept(root, path, entry.status) { found.append(kept) }
          })
      }
    }
    return FileCollection(found) { _, _ in }.files
  }

  private func kept(_ root: CacheRoot, _ path: [UInt8], _ status: stat) -> CollectedFile? {
    let kind: CollectedFile.Kind
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .directory
    case S_IFLNK:
      guard let target = LinkTarget.read(root.descriptor, path) else { return nil }
      kind = .symbolicLink(target: target)
    default:
      skips.skip(path, "it is a pipe, socket or device")
      return nil
    }
    return CollectedFile(
      path: path, archiveOffset: 0, kind: kind, size: kind == .file ? Int64(status.st_size) : 0,
      mode: status.st_mode & 0o777, modified: Int64(status.st_mtim.tv_sec))
  }
}
