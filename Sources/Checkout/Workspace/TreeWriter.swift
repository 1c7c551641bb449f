internal import CGit2
import Foundation
internal import JourneymanSupport
import Synchronization

/// Writes files of a tree into a directory, with several threads that read the object database side by side.
///
/// Every file is made new (`O_EXCL`) inside a directory that was opened without following links, so nothing that lies
/// in the workspace can lead a write elsewhere.
final class TreeWriter: Sendable {
  /// A directory's files, or some of a large directory's.
  private struct Portion: Sendable {
    let directory: Int
    let entries: Range<Int>
  }

  private let listing: TreeListing
  /// Indexes of entries to write, those of a directory together.
  private let order: [Int]
  private let portions: [Portion]
  private let root: Int32
  private let gitDirectory: String
  private let owner: CheckoutRequest.Owner?
  private let largeFiles: LargeFiles?
  private let context: CheckoutContext
  private let next = Atomic<Int>(0)
  private let written = Atomic<Int>(0)
  private let failure = FirstFailure()
  private static let portionSize = 64

  /// - Parameters:
  ///   - selection: which entries to write; nothing may lie at their paths, and their directories must exist.
  ///   - root: the open workspace directory.
  ///   - gitDirectory: where the objects are.
  init(
    _ listing: TreeListing, selection: [Int], root: Int32, gitDirectory: String, owner: CheckoutRequest.Owner?,
    largeFiles: LargeFiles?, context: CheckoutContext
  ) {
    self.listing = listing
    self.root = root
    self.gitDirectory = gitDirectory
    self.owner = owner
    self.largeFiles = largeFiles
    self.context = context
    order = selection.sorted { (listing.entries[$0].directory, $0) < (listing.entries[$1].directory, $1) }
    var portions: [Portion] = []
    var start = 0
    for position in order.indices {
      let directory = listing.entries[order[position]].directory
      let isLast = position + 1 == order.count || listing.entries[order[position + 1]].directory != directory
      if isLast || position + 1 - start == Self.portionSize {
        portions.append(Portion(directory: directory, entries: start..<(position + 1)))
        start = position + 1
      }
    }
    self.portions = portions
  }

  /// Writes and waits. What was written when an error stops it stays.
  ///
  /// - Returns: what `stat` says of each file, by the entry's index; submodules have none.
  func write() throws -> [Int: FileStatus] {
    let processors = max(1, ProcessInfo.processInfo.activeProcessorCount)
    let count = max(1, min(context.options.writers ?? min(processors, 8), portions.count))
    let results = Mutex<[Int: FileStatus]>([:])
    let threads = DispatchGroup()
    for _ in 0..<count {
      threads.enter()
      Thread.detachNewThread { @Sendable in
        defer { threads.leave() }
        do {
          let own = try self.work()
          results.withLock { $0.merge(own) { first, _ in first } }
        } catch {
          self.failure.record(error)
        }
      }
    }
    threads.wait()
    try context.cancellation.check()
    try failure.check()
    context.progress.wrote(order.count, of: order.count)
    return results.withLock { $0 }
  }

  private func work() throws -> [Int: FileStatus] {
    let repository = try Repository(opening: gitDirectory)
    let objects = try repository.objectDatabase()
    let rules = try ConversionRules(for: listing, in: gitDirectory)
    var statuses: [Int: FileStatus] = [:]
    while true {
      let position = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard position < portions.count, !failure.hasFailed else { return statuses }
      try context.cancellation.check()
      let directory = try DirectoryWalk.open(portions[position].directory, of: listing, beneath: root)
      for index in portions[position].entries {
        statuses[order[index]] = try write(listing.entries[order[index]], in: directory.number, objects, rules)
      }
      let count = written.wrappingAdd(portions[position].entries.count, ordering: .relaxed).newValue
      context.progress.wrote(count, of: order.count)
    }
  }

  private func write(
    _ entry: TreeListing.Entry, in directory: Int32, _ objects: borrowing ObjectDatabase,
    _ rules: borrowing ConversionRules
  ) throws -> FileStatus? {
    if entry.mode == .submodule { return nil }
    try context.cancellation.check()
    let content = try objects.read(entry.id, as: GIT_OBJECT_BLOB)
    return try listing.withPath(of: entry) { path, name in
      let shown = String(cString: path)
      var status = stat()
      if entry.mode == .link {
        try content.withBytes { try FileCreation.link(to: $0, name, in: directory, shown: shown) }
        if let owner { _ = fchownat(directory, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
        try retryingInterrupts("look at \(shown)") { fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(status)
      }
      let file = try FileCreation.file(name, in: directory, isExecutable: entry.mode == .executable, shown: shown)
      let rule = try rules.rule(for: path)
      try content.withBytes { bytes in
        if rule.isLargeFile, let largeFiles, let pointer = LargeFilePointer(bytes) {
          try largeFiles.write(pointer, to: file.number, shown: shown)
        } else if !rule.isNothing, let converted = try ContentConversion.convert(bytes, by: rule, id: entry.id) {
          try FileSystem.writeAll(converted, to: file.number, name: shown)
        } else {
          try FileSystem.writeAll(bytes, to: file.number, name: shown)
        }
      }
      if let owner { try retryingInterrupts("give \(shown) away") { fchown(file.number, owner.user, owner.group) } }
      try retryingInterrupts("look at \(shown)") { fstat(file.number, &status) }
      return FileStatus(status)
    }
  }
}
