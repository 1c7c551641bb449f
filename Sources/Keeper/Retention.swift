import Foundation
import JourneymanSandbox
public import JourneymanSupport

/// Keeps what builds leave in the work directory within `agent.keepFor` and `agent.keepSize`: outputs of finished
/// builds, and checkouts that wait for the next build of their repository.
public struct Retention: Sendable {
  private let work: WorkDirectory
  private let keepSeconds: Double?
  private let keepSize: Int64?
  /// A build without a result is taken for dead when it has written nothing for as long as a build may take.
  private let longestBuild: Double

  /// The bounds of agent.conf for a work directory.
  public init(_ work: WorkDirectory, _ settings: AgentSettings) {
    self.work = work
    keepSeconds = settings.keepSeconds
    keepSize = settings.keepSize
    longestBuild = settings.timeoutSeconds
  }

  /// Cleans, at most every ten minutes: the sizes of many builds take a while to find. What cannot be removed is tried
  /// again the next time.
  public func runIfDue() async {
    if keepSeconds == nil && keepSize == nil { return }
    let stamp = work.path + "/cleaned"
    if let last = Self.modified(stamp), Self.now - last < 600 { return }
    try? FileSystem.writeAtomically([], to: stamp)
    await run()
  }

  /// Removes what is too old, then the least recently used while all together are too large.
  func run() async {
    guard let candidates = try? await runBlocking({ candidates() }) else { return }
    var sweep = RetentionSweep(
      keepSeconds: keepSeconds, keepSize: keepSize, total: candidates.reduce(0) { $0 + $1.size }, now: Self.now)
    for candidate in candidates where sweep.reason(lastUse: candidate.lastUse) != nil {
      if await remove(candidate) { sweep.removed(candidate.size) }
    }
  }

  private struct Candidate: Sendable {
    let path: String
    /// The file whose lock a user of the directory holds; `nil` where a finished build is all there can be.
    let lock: String?
    /// Seconds since 1970.
    let lastUse: Double
    let size: Int64
  }

  /// The least recently used first.
  private func candidates() -> [Candidate] {
    let outputs = Self.grandchildren(of: work.path + "/builds").compactMap(output)
    let sources = Self.grandchildren(of: work.sources).filter { !$0.hasSuffix(".lock") }.compactMap(source)
    return (outputs + sources).sorted { $0.lastUse < $1.lastUse }
  }

  private func output(_ path: String) -> Candidate? {
    if let finished = Self.modified(path + "/result.json") {
      return Candidate(
        path: path, lock: nil, lastUse: finished, size: DiskUsage.bytes(in: path))
    }
    let written = [path, path + "/log.txt", path + "/events.jsonl"].compactMap(Self.modified).max()
    guard let written, Self.now - written > longestBuild else { return nil }
    return Candidate(path: path, lock: nil, lastUse: written, size: DiskUsage.bytes(in: path))
  }

  private func source(_ path: String) -> Candidate? {
    guard let used = Self.modified(path + ".lock") else { return nil }
    return Candidate(
      path: path, lock: path + ".lock", lastUse: used, size: DiskUsage.bytes(in: path))
  }

  /// Whether the candidate is gone.
  private func remove(_ candidate: Candidate) async -> Bool {
    var lock: OwnedDescriptor?
    if let path = candidate.lock {
      guard let file = try? FileSystem.open(path, flags: O_RDWR | O_NOFOLLOW),
        flock(file.number, LOCK_EX | LOCK_NB) == 0
      else { return false }
      lock = consume file
    }
    do {
      let path = candidate.path
      do {
        try await runBlocking { try FileSystem.removeTree(path) }
      } catch {
        // An ordinary user's build may leave files of its other ids, which only a process with these ids can remove.
        try await Leftovers.remove(path)
      }
    } catch {
      return false
    }
    if let path = candidate.lock { unlink(path) }
    // Of the project or repository nothing may be left; its numbers go on.
    rmdir(PathName.directory(of: candidate.path))
    _ = consume lock
    return true
  }

  private static func grandchildren(of path: String) -> [String] {
    children(of: path).flatMap(children)
  }

  /// The entries whose names are text, as all are that the agent makes.
  private static func children(of path: String) -> [String] {
    guard let directory = try? FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return [] }
    let names = (try? FileSystem.entryNames(of: directory.number, shown: path)) ?? []
    return names.compactMap { String(validating: $0.bytes, as: UTF8.self) }.map { path + "/" + $0 }
  }

  private static var now: Double { Double(Timestamp.now().microseconds) / 1_000_000 }

  private static func modified(_ path: String) -> Double? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1_000_000_000
  }
}
