internal import Foundation
internal import JourneymanSupport

/// An archive that is being written and belongs to no entry yet. Its writer holds a lock on it, so that whoever cleans
/// up knows it from one whose writer died.
final class CacheDraft {
  /// The archive's file name.
  let name: String
  private let path: String
  private let file: OwnedDescriptor
  private var isKept = false
  /// Bytes written.
  private(set) var bytes: Int64 = 0

  init(in index: CacheIndex) throws {
    name = UUID().uuidString.lowercased() + ".tar.zst"
    path = index.archivesPath + "/" + name
    file = try FileSystem.open(path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
    try retryingInterrupts("lock \(path)") { flock(file.number, LOCK_EX | LOCK_NB) }
  }

  deinit { if !isKept { unlink(path) } }

  /// Writes the archive, each path beneath the name of its root, and makes it durable.
  func pack(_ found: [(root: CacheRoot, files: [CollectedFile])], isCancelled: @escaping () -> Bool) throws {
    let sink = DescriptorSink(file.number, name: path)
    let packager = ArchivePackager(format: .tarZstd, keepsTimes: true, isCancelled: isCancelled)
    try packager.write(
      found.map { ArchivePart(prefix: $0.root.name, root: $0.root.descriptor, files: $0.files) }, into: sink)
    try retryingInterrupts("flush \(path)") { fsync(file.number) }
    try FileSystem.flushDirectory(of: path)
    bytes = Int64(sink.count)
  }

  /// Leaves the archive where it is: an entry names it now.
  func keep() { isKept = true }
}

/// The lock that publishing and cleaning up in a cache directory take turns by.
final class CacheLock {
  private let file: OwnedDescriptor

  init(_ index: CacheIndex) throws {
    let path = index.directory + "/lock"
    file = try FileSystem.open(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
    try retryingInterrupts("lock \(path)") { flock(file.number, LOCK_EX) }
  }
}

/// Keeps a cache directory within its limit. Runs under the directory's lock.
struct CacheEviction {
  let index: CacheIndex
  let limit: Int64

  /// Removes the entries that were not used for longest until the rest fits, and archives that no entry names and no
  /// writer holds.
  ///
  /// - Parameter key: an entry that stays in any case.
  func run(sparing key: String) {
    var kept: Set<String> = []
    var total: Int64 = 0
    let entries = index.entries().sorted { ($0.used, $0.entry.created) > ($1.used, $1.entry.created) }
    for (entry, path, _) in entries.filter({ $0.entry.key == key }) + entries.filter({ $0.entry.key != key }) {
      if total + entry.archiveBytes > limit && entry.key != key {
        unlink(path)
      } else {
        total += entry.archiveBytes
        kept.insert(entry.archive)
      }
    }
    guard let directory = try? FileSystem.open(index.archivesPath, flags: O_RDONLY | O_DIRECTORY),
      let archives = try? FileSystem.rawEntries(of: directory.number, shown: index.archivesPath)
    else { return }
    for archive in archives {
      let name = String(decoding: archive.name, as: UTF8.self)
      if !kept.contains(name) { removeUnlessWritten(index.archivesPath + "/" + name) }
    }
  }

  private func removeUnlessWritten(_ path: String) {
    guard let file = try? FileSystem.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return }
    if flock(file.number, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
  }
}
