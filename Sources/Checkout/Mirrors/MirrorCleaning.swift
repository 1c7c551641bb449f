import Foundation
internal import JourneymanSupport

/// Keeps the mirrors within their bounds of age and size.
struct MirrorCleaning {
  let directory: String
  let keepSeconds: Double?
  let keepSize: Int64?

  private static let removedSuffix = ".removed"

  private struct Candidate {
    let location: MirrorLocation
    let lastUse: Int64
    let size: Int64
  }

  /// Cleans, at most once an hour: sizes of many mirrors take a while to find.
  func runIfDue() {
    if keepSeconds == nil && keepSize == nil { return }
    let stamp = directory + "/cleaned"
    if let last = Self.modified(stamp), Self.now - last < 3600 { return }
    try? FileSystem.writeAtomically([], to: stamp)
    try? run()
  }

  /// Removes mirrors that are too old, then the least recently used ones while all are too large. A mirror that a
  /// checkout uses, or that a workspace borrows from, stays.
  func run() throws {
    var candidates: [Candidate] = []
    for name in try MirrorInspection.entries(directory) ?? [] {
      if name.hasSuffix(Self.removedSuffix) {
        try FileSystem.removeTree("\(directory)/\(name)")
        continue
      }
      let location = MirrorLocation(directory: "\(directory)/\(name)")
      guard access(location.lock, F_OK) == 0, let lastUse = Self.modified(location.use) else { continue }
      candidates.append(Candidate(location: location, lastUse: lastUse, size: DiskUsage.bytes(in: location.directory)))
    }
    candidates.sort { $0.lastUse < $1.lastUse }
    var sweep = RetentionSweep(
      keepSeconds: keepSeconds, keepSize: keepSize, total: candidates.reduce(0) { $0 + $1.size }, now: Double(Self.now))
    for candidate in candidates where sweep.reason(lastUse: Double(candidate.lastUse)) != nil {
      if try remove(candidate.location) { sweep.removed(candidate.size) }
    }
    try WorkspaceRecord.removeStale(in: directory)
  }

  private func remove(_ location: MirrorLocation) throws -> Bool {
    guard let lock = try FileLock.attempt(location.lock, .exclusive),
      let use = try FileLock.attempt(location.use, .exclusive), try Lease.all(in: location).isEmpty
    else { return false }
    // Under another name first: whoever comes next starts afresh instead of finding half a mirror.
    let doomed = location.directory + Self.removedSuffix
    try FileSystem.removeTree(doomed)
    try retryingInterrupts("remove \(location.directory)") { rename(location.directory, doomed) }
    try FileSystem.removeTree(doomed)
    _ = consume use
    _ = consume lock
    return true
  }

  private static var now: Int64 { Timestamp.now().microseconds / 1_000_000 }

  private static func modified(_ path: String) -> Int64? {
    var status = stat()
    return lstat(path, &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
  }
}
