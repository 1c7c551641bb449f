internal import Foundation
internal import JourneymanSupport

/// Finds the files of one pattern after another.
struct FileSearch {
  let root: Int32
  let walk: TreeWalk
  let excluded: [GlobPattern]
  let rules: CollectionRules
  let skips: SkipLog
  /// What was found so far; the same file can stand there twice.
  private(set) var found: [CollectedFile] = []

  init(root: Int32, walk: TreeWalk, excluded: [GlobPattern], rules: CollectionRules, skips: SkipLog) {
    self.root = root
    self.walk = walk
    self.excluded = excluded
    self.rules = rules
    self.skips = skips
  }

  /// Adds the files that a pattern matches.
  mutating func run(_ scope: PatternScope) throws(ArtifactError) {
    for start in scope.pattern.startingDirectories {
      let directory: OwnedDescriptor
      let base = join(scope.directory, start)
      do {
        directory = try FileSystem.openBeneath(
          root, bytes: Array(base.utf8), flags: O_RDONLY | O_DIRECTORY, followSymlinks: true)
      } catch {
        if error.number != ENOENT && error.number != ENOTDIR { skips.skip(Array(base.utf8), explain(error)) }
        continue
      }
      var batch: [CollectedFile] = []
      try walk.run(
        from: directory.number, shownAs: base.isEmpty ? "." : base,
        enter: { path in shouldEnter(joinBytes(start, path), scope.pattern) },
        unreadable: { path, error in skips.skip(joinBytes(base, path), explain(error)) },
        visit: { entry throws(ArtifactError) in
          let relative = joinBytes(start, entry.path)
          guard scope.pattern.matches(relative), !excluded.contains(where: { $0.matches(relative) }) else { return }
          let path = joinBytes(base, entry.path)
          if let file = collected(path, relative: relative, entry.status) { batch.append(file) }
        })
      found += batch
    }
  }

  /// Excluded trees are not walked, nor those in which the pattern cannot match. A name that is not UTF-8 is walked.
  private func shouldEnter(_ path: [UInt8], _ pattern: GlobPattern) -> Bool {
    guard let text = String(validating: path, as: UTF8.self) else { return true }
    return pattern.couldMatchBeneath(text) && !excluded.contains { $0.matchesEverythingBeneath(text) }
  }

  /// The file at a path whose `lstat` is known, or `nil` when it is not to be taken.
  private func collected(_ path: [UInt8], relative: [UInt8], _ status: stat) -> CollectedFile? {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return file(path, relative, status)
    case S_IFLNK: return link(path, relative)
    case S_IFDIR: return nil
    default:
      skips.skip(path, "it is a pipe, socket or device")
      return nil
    }
  }

  private func file(_ path: [UInt8], _ relative: [UInt8], _ status: stat) -> CollectedFile {
    CollectedFile(
      path: path, archiveOffset: archiveOffset(path, relative), kind: .file, size: Int64(status.st_size),
      mode: status.st_mode & 0o777, modified: Int64(status.st_mtim.tv_sec))
  }

  private func link(_ path: [UInt8], _ relative: [UInt8]) -> CollectedFile? {
    if rules.enableSymlinks && !rules.discardPaths, let target = LinkTarget.read(root, path),
      LinkTarget.isInternal(target, of: relative[...])
    {
      return CollectedFile(
        path: path, archiveOffset: path.count - relative.count, kind: .symbolicLink(target: target), size: 0,
        mode: 0o777, modified: 0)
    }
    var status = stat()
    do throws(SystemError) {
      let target = try FileSystem.openBeneath(root, bytes: path, flags: FileSystem.pathOnly, followSymlinks: true)
      if fstat(target.number, &status) != 0 { throw SystemError("look at the target") }
    } catch {
      skips.skip(path, error.number == ENOENT ? "it is a symbolic link to nothing" : explain(error))
      return nil
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return file(path, relative, status)
    case S_IFDIR: skips.skip(path, "it is a symbolic link to a directory; enable-symlinks keeps such links")
    default: skips.skip(path, "it is a symbolic link to a pipe, socket or device")
    }
    return nil
  }

  private func archiveOffset(_ path: [UInt8], _ relative: [UInt8]) -> Int {
    if rules.discardPaths, let slash = path.lastIndex(of: UInt8(ascii: "/")) { return slash + 1 }
    return path.count - relative.count
  }

  private func explain(_ error: SystemError) -> String {
    error.number == EXDEV ? "it leads out of the workspace" : error.reason
  }
}

/// What a symbolic link says, and whether it stays within an archive.
package enum LinkTarget {
  /// The target of the link at a path beneath a root, or `nil` if there is no link any more.
  package static func read(_ root: Int32, _ path: [UInt8]) -> [UInt8]? {
    guard
      let link = try? FileSystem.openBeneath(
        root, bytes: path, flags: FileSystem.pathOnly | O_NOFOLLOW, followSymlinks: true)
    else { return nil }
    var target = [UInt8](repeating: 0, count: 4096)
    let count = target.withUnsafeMutableBytes { buffer in
      buffer.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map { readlinkat(link.number, "", $0, chars.count) } ?? -1
      }
    }
    return count > 0 && count < target.count ? Array(target[..<count]) : nil
  }

  /// Whether a link at `path` leads to a place within the archive, wherever the archive is unpacked: the target is
  /// relative and climbs only at its start, and not above the top. (A `..` after a name may climb out through another
  /// link.)
  static func isInternal(_ target: [UInt8], of path: ArraySlice<UInt8>) -> Bool {
    if target.isEmpty || target.first == UInt8(ascii: "/") || target.contains(0) { return false }
    var depth = path.split(separator: UInt8(ascii: "/")).count - 1
    var descended = false
    for component in target.split(separator: UInt8(ascii: "/")) where component != [UInt8(ascii: ".")] {
      if component == [UInt8(ascii: "."), UInt8(ascii: ".")] {
        depth -= 1
        if descended || depth < 0 { return false }
      } else {
        descended = true
      }
    }
    return true
  }
}

/// `a/b`, or the one that is not empty.
func join(_ first: String, _ second: String) -> String {
  first.isEmpty ? second : second.isEmpty ? first : first + "/" + second
}

/// `a/b` as bytes, or the one that is not empty.
func joinBytes(_ first: String, _ second: [UInt8]) -> [UInt8] {
  first.isEmpty ? second : second.isEmpty ? Array(first.utf8) : Array(first.utf8) + [UInt8(ascii: "/")] + second
}
