internal import Foundation
internal import JourneymanSandbox
internal import JourneymanSupport

/// Keeps a node's workspaces within the bounds of agent.conf, and removes what lost builds have left in the agent's own
/// directory.
struct WorkspaceRetention: Sendable {
  let use: WorkspaceUse
  let sandboxes: BuildSandboxes
  /// In seconds; `nil` keeps all.
  let keepSeconds: Double?
  /// In bytes; `nil` keeps all.
  let keepSize: Int64?
  /// For how many seconds after its last use a workspace stays in any case: a build does not always run a command.
  var quietSeconds = 3600.0
  /// How long a build without a process is not lost.
  var longestIdle = Duration.seconds(24 * 3600)
  /// Takes a line for the agent's log.
  let report: @Sendable (String) -> Void

  /// A workspace and what is beside it.
  private struct Candidate: Sendable {
    let workspace: String
    /// Seconds since 1970.
    var lastUse: Double
    var names: [String] = []
    var size: Int64 = 0
  }

  private static let removedPrefix = ".journeyman-removed-"

  /// Sweeps once.
  func run() async {
    await trying {
      let lost = try await sandboxes.removeLost(after: longestIdle)
      if lost > 0 { report("removed what \(lost) lost build\(lost == 1 ? "" : "s") left in the agent's directory") }
    }
    if keepSeconds != nil || keepSize != nil { await trying { try await removeWorkspaces() } }
  }

  /// What cannot be done is tried again the next time.
  private func trying(_ work: () async throws -> Void) async {
    do {
      try await work()
    } catch is CancellationError {
      return
    } catch {
      report("cleaning up: \(error)")
    }
  }

  private func removeWorkspaces() async throws {
    let start = WorkspaceUse.now
    guard let root = try await open() else { return }
    let inUse = try await markInUse()
    let candidates = try await runInBackground { [self] in
      removeLeftovers(root.number)
      return try list(root.number) { _ in true }
    }
    var sweep = RetentionSweep(
      keepSeconds: keepSeconds, keepSize: keepSize, total: candidates.reduce(0) { $0 + $1.size }, now: start)
    for candidate in candidates.sorted(by: { $0.lastUse < $1.lastUse }) {
      try Task.checkCancellation()
      guard let reason = sweep.reason(lastUse: candidate.lastUse), !inUse.contains(candidate.workspace),
        start - candidate.lastUse >= quietSeconds, try await remove(candidate, since: start, root)
      else { continue }
      sweep.removed(candidate.size)
      let seconds = (start - candidate.lastUse).rounded()
      let age = seconds < 2 * 86_400 ? Duration.seconds(seconds).humanReadable : "\(Int(seconds / 86_400)) days"
      let why = reason == .age ? "" : ": all together were larger than keepSize"
      report("removed the workspace '\(candidate.workspace)', which was not used for \(age)\(why)")
    }
  }

  /// What Jenkins' own cleaning asks for: removes a job's workspaces that did not change for so many days.
  ///
  /// - Parameter path: the first of the job's workspaces; `NAME@…` beside it are the others.
  /// - Throws: ``JenkinsError`` when it is another kind of place.
  func removeUnchanged(_ path: String, days: Int64) async throws {
    guard let base = use.workspace(at: path), PathName.directory(of: path) == use.directory else {
      throw JenkinsError(
        .unsupported, "the agent cleans workspaces that lie in \(use.directory) itself, which '\(path)' does not")
    }
    guard let root = try await open() else { return }
    let start = WorkspaceUse.now
    let inUse = try await markInUse()
    let candidates = try await runInBackground { [self] in
      try list(root.number) { $0 == base || $0.hasPrefix(base + "@") }
    }
    for candidate in candidates where start - candidate.lastUse > Double(days) * 86_400 {
      // The request itself is about the first of them.
      let ownHolds = candidate.workspace == base ? 1 : 0
      if !inUse.contains(candidate.workspace),
        try await remove(candidate, since: start, root, ownHolds: ownHolds)
      {
        report("removed the workspace '\(candidate.workspace)', as Jenkins asked")
      }
    }
  }

  /// - Returns: `nil` when there are no workspaces, or an administrator has made the directory a link.
  private func open() async throws -> SharedDirectory? {
    let path = use.directory
    return try await runBlocking {
      do {
        return SharedDirectory(try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
      } catch let error as SystemError where [ENOENT, ENOTDIR, ELOOP].contains(error.number) {
        return nil
      }
    }
  }

  private func markInUse() async throws -> Set<String> {
    let paths = try await sandboxes.workspacesInUse()
    // Of a long build the age begins when it has ended.
    for path in paths { use.note(path) }
    return Set(paths.compactMap(use.workspace(at:)))
  }

  /// What an earlier sweep could not finish.
  private func removeLeftovers(_ root: Int32) {
    for name in (try? FileSystem.entryNames(of: root, shown: use.directory)) ?? []
    where name.shown.hasPrefix(Self.removedPrefix) {
      try? FileSystem.removeEntry(name, in: root, shown: use.directory + "/" + name.shown)
    }
  }

  private func list(_ root: Int32, _ isWanted: (String) -> Bool) throws -> [Candidate] {
    var found: [String: Candidate] = [:]
    for entry in try FileSystem.entryNames(of: root, shown: use.directory) {
      var status = stat()
      // Links are an administrator's, and nothing else in there is a workspace.
      guard let name = entry.text, !name.hasPrefix(Self.removedPrefix), isWanted(name),
        fstatat(root, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFDIR
      else { continue }
      let workspace = WorkspaceUse.workspace(of: name)
      var candidate =
        found[workspace] ?? Candidate(workspace: workspace, lastUse: use.lastUse(of: workspace) ?? 0)
      candidate.names.append(name)
      candidate.size += keepSize == nil ? 0 : DiskUsage.bytes(of: entry, in: root)
      candidate.lastUse = max(candidate.lastUse, Double(status.st_mtim.tv_sec))
      found[workspace] = candidate
    }
    return Array(found.values)
  }

  /// - Returns: whether it is gone.
  private func remove(
    _ candidate: Candidate, since start: Double, _ root: SharedDirectory, ownHolds: Int = 0
  ) async throws -> Bool {
    let suffix = UUID().uuidString
    var doomed: [String] = []
    let isTaken = use.take(candidate.workspace, unusedSince: start, ownHolds: ownHolds) {
      for name in candidate.names {
        let new = "\(Self.removedPrefix)\(suffix)-\(doomed.count)"
        // Beside the old name: that needs no permission on the directory itself, which is a build's.
        if renameat(root.number, name, root.number, new) == 0 { doomed.append(new) }
      }
    }
    guard isTaken else { return false }
    var isGone = true
    for name in doomed {
      do {
        do {
          try await runInBackground { [use] in
            try FileSystem.removeEntry(EntryName(name.utf8), in: root.number, shown: use.directory + "/" + name)
          }
        } catch {
          // An ordinary user's build may leave files of its other ids, which only a process with these ids can remove.
          try await Leftovers.remove("/proc/self/fd/\(root.number)/\(name)")
        }
      } catch {
        isGone = false
        report("the workspace '\(candidate.workspace)' could not be removed: \(error)")
      }
    }
    return isGone && !doomed.isEmpty
  }
}
