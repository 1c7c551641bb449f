import CSandbox
import Foundation
import JourneymanSupport

/// What a running sandbox holds, and how it is given back.
struct SandboxParts: Sendable {
  let mode: SandboxPolicy.Mode
  let connection: InitConnection
  let process: ChildProcess
  let lease: UserLease?
  let group: ControlGroup?
  let scratch: Scratch?
  let watch: LimitWatch
  let notices: [String]
  let workspacePaths: [String]

  /// Kills that the kernel has counted.
  struct Counters {
    var memoryKills = 0
    var refusedProcesses = 0
  }

  /// Where commands of a sandbox without a file system of its own put temporary files.
  var temporaryDirectory: String? { mode == .strict ? nil : scratch.map { $0.path + "/tmp" } }

  /// The counts so far.
  func counters() -> Counters {
    guard let group else { return Counters() }
    return Counters(memoryKills: group.memoryKills, refusedProcesses: group.refusedProcesses)
  }

  /// The sentence about the limit that ended a command, if one did.
  func exceededLimit(by result: CommandResult, since before: Counters, _ limits: SandboxPolicy.Limits) -> String? {
    if let violation = watch.violation, result.status == .signaled(SIGKILL) { return violation }
    if result.status == .exited(0) || result.ending != .natural { return nil }
    let now = counters()
    if let most = limits.memory, now.memoryKills > before.memoryKills {
      return "the memory limit of \(LimitWatch.size(most)) was reached, and the kernel ended a process"
    }
    if let most = limits.processes, now.refusedProcesses > before.refusedProcesses || watch.sawMostProcesses() {
      return "the process limit of \(most) was reached, and a new process was refused"
    }
    if let most = limits.fileSize, result.status.shellStatus == 128 + SIGXFSZ {
      return "the file size limit of \(LimitWatch.size(most)) was reached"
    }
    return nil
  }

  /// Ends every process.
  func kill() {
    if mode == .strict {
      process.signal(SIGKILL)
    } else {
      connection.tell(SANDBOX_MESSAGE_END)
    }
  }

  /// Gives everything back, once init has ended.
  func cleanUp() async {
    watch.stop()
    group?.kill()
    group?.remove()
    // What cannot be removed now is removed when the directory is used again.
    try? await scratch?.giveBack(map: lease?.map)
  }
}

extension SandboxPolicy {
  /// The directories on disk whose size and free space the limits are about.
  func writtenPlaces(scratch: String?) -> [String] {
    workspaces.filter { $0.view != .overlay }.map(\.source) + mounts.filter { $0.access != .readOnly }.map(\.source)
      + [scratch].compactMap(\.self)
  }
}

/// The private directory on disk of a sandbox.
struct Scratch: Sendable, Codable {
  let path: String
  /// Whether it was made by ``take(_:map:)`` and goes with the sandbox.
  let isTemporary: Bool

  /// Takes the directory of a policy, or makes one for copies that a mode without overlays needs.
  static func take(_ policy: SandboxPolicy, map: UserMap?) async throws -> Scratch? {
    let isTemporary = policy.scratch == nil
    if isTemporary && policy.mode == .strict { return nil }
    let path = try policy.scratch ?? FileSystem.makeTemporaryDirectory("/tmp/journeyman")
    let scratch = Scratch(path: path, isTemporary: isTemporary)
    try FileSystem.makeDirectories(path, mode: 0o700)
    try await scratch.empty(map: map)
    if let map, map.kind == .ownRange {
      try retryingInterrupts("give \(path) to the build") { chown(path, map.root, map.root) }
    }
    if policy.mode != .strict { try FileSystem.makeDirectories(path + "/tmp", mode: 0o700) }
    return scratch
  }

  /// Removes the directory if it was made for this sandbox, else what is in it.
  func giveBack(map: UserMap?) async throws {
    try await empty(map: map)
    if isTemporary { try retryingInterrupts("remove \(path)") { rmdir(path) } }
  }

  private func empty(map: UserMap?) async throws {
    let directory = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    if try !FileSystem.rawEntries(of: directory.number, shown: path).isEmpty {
      try await Leftovers.removeContents(of: directory.number, shown: path, map: map?.kind == .ownRange ? nil : map)
    }
  }
}
