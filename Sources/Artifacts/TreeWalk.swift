internal import Foundation
internal import JourneymanSupport

/// Walks a directory tree that a build may change meanwhile, without recursion and without following links.
struct TreeWalk {
  /// What was found at a path.
  struct Entry {
    /// Relative to the directory the walk started from.
    let path: [UInt8]
    let status: stat
  }

  let limits: CollectionLimits
  let isCancelled: () -> Bool

  /// Visits what lies beneath an open directory; the directory itself is not visited. The order within a directory is
  /// the order of the bytes of the names.
  ///
  /// - Parameters:
  ///   - start: an open directory.
  ///   - shownAs: its path for messages.
  ///   - enter: whether to visit what lies in the directory at a path.
  ///   - unreadable: called with each directory that cannot be listed.
  ///   - visit: called for each entry, directories included, with its `lstat`.
  /// - Throws: ``ArtifactError`` when a limit is exceeded or the caller asked to stop, and what `visit` throws.
  func run(
    from start: Int32, shownAs: String, enter: ([UInt8]) -> Bool,
    unreadable: ([UInt8], SystemError) -> Void,
    visit: (Entry) throws(ArtifactError) -> Void
  ) throws(ArtifactError) {
    var pending: [[UInt8]] = [[]]
    var remaining = limits.entries
    while let path = pending.popLast() {
      if isCancelled() { throw ArtifactError(.cancelled, "collecting files was stopped") }
      let shown = shownAs + (path.isEmpty ? "" : "/" + String(decoding: path, as: UTF8.self))
      let entries: [Entry]
      do {
        entries = try list(start, path, shown: shown, limit: remaining)
      } catch {
        if error.number == E2BIG { throw tooMany() }
        unreadable(path, error)
        continue
      }
      remaining -= entries.count
      var below: [[UInt8]] = []
      for entry in entries {
        if entry.path.count > limits.pathLength {
          throw ArtifactError(
            .limitExceeded, "a path in \(shownAs) is longer than \(limits.pathLength) bytes: \(shown.prefix(200))…")
        }
        try visit(entry)
        if entry.status.st_mode & S_IFMT == S_IFDIR && enter(entry.path) { below.append(entry.path) }
      }
      pending.append(contentsOf: below.reversed())
    }
  }

  /// The entries of a directory, sorted. What is gone since it was listed is as if it had never been there.
  private func list(_ start: Int32, _ path: [UInt8], shown: String, limit: Int) throws(SystemError) -> [Entry] {
    let directory = try FileSystem.openBeneath(start, bytes: path, flags: O_RDONLY | O_DIRECTORY)
    var entries: [Entry] = []
    for entry in try FileSystem.rawEntries(of: directory.number, shown: shown, limit: limit) {
      var status = stat()
      let name = entry.name.map { CChar(bitPattern: $0) } + [0]
      if fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { continue }
      entries.append(Entry(path: path.isEmpty ? entry.name : path + [UInt8(ascii: "/")] + entry.name, status: status))
    }
    return entries.sorted { compareBytes($0.path[...], $1.path[...]) < 0 }
  }

  private func tooMany() -> ArtifactError {
    ArtifactError(
      .limitExceeded,
      "there are more than \(limits.entries) files to look at; narrow the patterns or the base directory")
  }
}
