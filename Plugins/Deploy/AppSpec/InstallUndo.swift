import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Takes back what a journal says that a deployment did. Blocks. Doing it again, or going on where a killed process
/// stopped, leads to the same.
struct InstallUndo {
  private let content: InstallJournal.Content
  private let saved: String
  private let observer: (String) -> Void
  /// What could not be taken back; the journal has to stay then.
  private(set) var problems: [String] = []
  /// What is worth knowing.
  private(set) var notes: [String] = []

  init(_ content: InstallJournal.Content, _ paths: DeploymentPaths, observer: @escaping (String) -> Void) {
    self.content = content
    self.observer = observer
    saved = paths.saved(content.deployment)
  }

  /// Removes what was made, the last thing first, and then brings back what was taken away. What fails does not keep the
  /// rest from being undone.
  ///
  /// - Parameter journal: is told in between: until then, doing everything again is harmless, and from then on, nothing
  ///   must be removed any more.
  mutating func run(_ journal: InstallJournal) throws {
    if !content.isCleared {
      for (number, step) in content.steps.enumerated().reversed() {
        switch step {
        case .makeDirectory(let path):
          observer("undo \(number)")
          if content.begun.contains(number) { removeDirectory(path) }
        case .put(let path, let bytes, let modified):
          observer("undo \(number)")
          remove(path, number, bytes, modified)
        default: break
        }
      }
      try journal.clear()
      observer("cleared")
    }
    for (number, step) in content.steps.enumerated().reversed() {
      guard case .save(let path) = step else { continue }
      observer("restore \(number)")
      do {
        try restore(path, from: saved + "/\(number)")
      } catch {
        problems.append("\(error)")
      }
    }
  }

  private mutating func restore(_ path: String, from saved: String) throws {
    var (before, now) = (stat(), stat())
    guard lstat(saved, &before) == 0 else { return }
    try HostFiles.makeDirectories(PathText.parent(of: path))
    if lstat(path, &now) == 0 {
      let wasDirectory = before.st_mode & S_IFMT == S_IFDIR
      let isDirectory = now.st_mode & S_IFMT == S_IFDIR
      if wasDirectory && isDirectory {
        try restoreMetadata(path, from: saved)
        return
      }
      if wasDirectory || isDirectory {
        let aside = path + ".displaced-" + content.deployment
        if rename(path, aside) != 0 { throw failure("move \(path) aside") }
        notes.append("\(path) stood where a file had to be put back; it is now \(aside)")
      }
    }
    try HostFiles.move(saved, to: path)
  }

  private func restoreMetadata(_ path: String, from saved: String) throws(PluginError) {
    let from = open(saved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    if from < 0 { throw failure("open \(saved)") }
    defer { close(from) }
    let to = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    if to < 0 { throw failure("open \(path)") }
    defer { close(to) }
    try HostFiles.copyMetadata(from: from, to: to, shown: path)
    rmdir(saved)
  }

  private mutating func removeDirectory(_ path: String) {
    if rmdir(path) == 0 || errno == ENOENT || errno == ENOTDIR { return }
    notes.append("\(path) stays, because there are files in it that no deployment put there")
  }

  private mutating func remove(_ path: String, _ number: Int, _ bytes: Int64, _ modified: Int64) {
    unlink(InstallTransaction.staged(path, content.deployment))
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { return }
    // A step was carried out when a later one was begun. Of others, only what is exactly the revision's is removed:
    // somebody else may have put something there.
    let isDone = content.begun.contains { $0 > number } && content.begun.contains(number)
    let isOurs = Int64(status.st_size) == bytes && Int64(status.st_mtim.tv_sec) == modified
    let isOurLink = status.st_mode & S_IFMT == S_IFLNK && Int64(status.st_size) == bytes
    guard isDone || isOurs || isOurLink && content.begun.contains(number) else { return }
    if unlink(path) != 0 && errno != ENOENT { notes.append("\(failure("remove \(path)")); remove it by hand") }
  }

  private func failure(_ attempt: String) -> PluginError {
    PluginError(.file, "cannot \(attempt): \(String(cString: strerror(errno)))")
  }
}
