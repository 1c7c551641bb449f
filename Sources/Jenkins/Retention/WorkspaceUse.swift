internal import Foundation
internal import JourneymanSupport
internal import Synchronization

/// Which of the node's workspaces are being used, and when each was used last.
///
/// A workspace is a directory in `workspace` beneath the node's; with it go the directories that Jenkins keeps beside it
/// (`NAME@tmp`, `NAME@script`…). `NAME@2` is a workspace of its own.
final class WorkspaceUse: Sendable {
  private struct State {
    /// Seconds since 1970.
    var uses: [String: Double] = [:]
    var stamped: [String: Double] = [:]
    var holds: [String: Int] = [:]
  }

  /// Keeps a workspace where it is while this lives.
  final class Hold: Sendable {
    private let use: WorkspaceUse
    private let workspace: String

    fileprivate init(_ use: WorkspaceUse, _ workspace: String) {
      self.use = use
      self.workspace = workspace
      use.state.withLock { $0.holds[workspace, default: 0] += 1 }
    }

    deinit {
      use.state.withLock { state in
        let left = (state.holds[workspace] ?? 1) - 1
        state.holds[workspace] = left == 0 ? nil : left
      }
    }
  }

  /// The directory with the workspaces.
  let directory: String
  private let prefix: [Substring]
  /// Where the moments of last use outlive this process: an empty file for each workspace.
  private let stamps: String
  private let state = Mutex(State())

  /// How old a stamp may be, in seconds.
  private static let stampPeriod = 600.0

  /// - Parameters:
  ///   - node: the node's directory.
  ///   - stamps: a directory of the agent's own.
  init(node: String, stamps: String) {
    directory = node + "/workspace"
    prefix = directory.split(separator: "/")
    self.stamps = stamps
  }

  static var now: Double { Double(Timestamp.now().microseconds) / 1_000_000 }

  /// The workspace that a directory of this name belongs to.
  static func workspace(of name: String) -> String {
    let parts = name.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count > 1, !parts[1].isEmpty, parts[1].allSatisfy(\.isNumber) else { return String(parts[0]) }
    return parts[0] + "@" + parts[1]
  }

  /// The workspace that a path lies in; `nil` when it lies in none.
  func workspace(at path: String) -> String? {
    let names = path.split(separator: "/")
    guard names.count > prefix.count, names.starts(with: prefix) else { return nil }
    return Self.workspace(of: String(names[prefix.count]))
  }

  /// Something is made in a workspace, or a build enters it.
  func note(_ path: String) {
    guard let workspace = workspace(at: path) else { return }
    let now = Self.now
    let isDue = state.withLock { state in
      state.uses[workspace] = now
      if let last = state.stamped[workspace], now - last < Self.stampPeriod { return false }
      state.stamped[workspace] = now
      return true
    }
    // Without a stamp the times of the directories themselves count after a restart.
    if isDue { try? FileSystem.writeAtomically([], to: "\(stamps)/\(workspace)") }
  }

  /// Keeps the workspace at a path while the result lives.
  func hold(_ path: String) -> Hold? { workspace(at: path).map { Hold(self, $0) } }

  /// When a workspace was used last, in seconds since 1970; `nil` when nothing is known.
  func lastUse(of workspace: String) -> Double? {
    var status = stat()
    let stamp = lstat("\(stamps)/\(workspace)", &status) == 0 ? Double(status.st_mtim.tv_sec) : nil
    return [state.withLock { $0.uses[workspace] }, stamp].compactMap { $0 }.max()
  }

  /// Takes a workspace away unless somebody came for it since a moment, or is at it.
  ///
  /// - Parameters:
  ///   - ownHolds: how many of its holds are the caller's own.
  ///   - take: renames it; meanwhile nobody can come for it.
  /// - Returns: whether it was taken.
  func take(
    _ workspace: String, unusedSince moment: Double, ownHolds: Int = 0, _ take: () throws -> Void
  ) rethrows -> Bool {
    try state.withLock { state in
      if state.holds[workspace] ?? 0 > ownHolds { return false }
      if let use = state.uses[workspace], use >= moment { return false }
      try take()
      state.uses[workspace] = nil
      state.stamped[workspace] = nil
      unlink("\(stamps)/\(workspace)")
      return true
    }
  }
}
