import CSandbox
import Foundation
import JourneymanSupport
import Synchronization

/// A sandbox that outlives the process that started it: its init has no parent-death signal, waits for the next worker on
/// a socket, keeps the ends of commands until they have been recorded, and ends when nothing runs in it and nobody is
/// connected.
///
/// It is described by a directory: `record.json` (init's process id and start time, the policy, the user ids, the control
/// groups) and `control`, the socket. Only the agent's user may enter it.
public final class DurableSandbox: Sendable {
  /// A command in a durable sandbox, by the number it had from its start on.
  public struct CommandID: Sendable, Hashable, Codable {
    /// The number.
    public let number: UInt32

    /// Names a command.
    public init(number: UInt32) { self.number = number }
  }

  /// What it was started with.
  public let policy: SandboxPolicy
  /// What the build's log should say about it, each a sentence.
  public let notices: [String]

  private let directory: String
  let parts: SandboxParts
  /// When commands were started, and what the kernel had counted then.
  private let starts = Mutex<[UInt32: (time: ContinuousClock.Instant, counters: SandboxParts.Counters)]>([:])
  private let isDetached = Mutex(false)

  private init(_ policy: SandboxPolicy, _ parts: SandboxParts, _ directory: String) {
    self.policy = policy
    self.parts = parts
    self.directory = directory
    notices = parts.notices
    parts.watch.start()
  }

  /// Starts a sandbox that outlives this process.
  ///
  /// - Parameters:
  ///   - policy: as for ``Sandbox/start(_:)``.
  ///   - directory: an absolute path to a directory for the record, made when missing; one sandbox each.
  /// - Throws: ``SandboxError``.
  public static func start(_ policy: SandboxPolicy, record directory: String) async throws -> DurableSandbox {
    try FileSystem.makeDirectories(directory, mode: 0o700)
    let listener = OwnedFile(try LocalSocket.listen(in: directory))
    let parts = try await SandboxStartup(policy, listener: listener).run()
    guard let startTime = ProcessTable.startTime(of: parts.process.processID) else {
      throw SandboxError(.ended, "the sandbox ended as soon as it was started")
    }
    let record = DurableRecord(
      processID: parts.process.processID, startTime: startTime, policy: policy, map: parts.lease?.map,
      groups: parts.group?.directories ?? [], controllers: parts.group?.controllers ?? [],
      workspacePaths: parts.workspacePaths, diskUsage: parts.watch.measure(),
      scratch: parts.scratch)
    do {
      try record.write(to: directory)
    } catch {
      parts.kill()
      _ = await parts.process.wait()
      await parts.cleanUp()
      throw error
    }
    return DurableSandbox(policy, parts, directory)
  }

  /// Takes a sandbox on again after the process that started it has ended.
  ///
  /// - Returns: `nil` when it has ended meanwhile; what it left is removed then.
  /// - Throws: ``SandboxError`` when the record cannot be read.
  public static func adopt(record directory: String) async throws -> DurableSandbox? {
    let record = try DurableRecord.read(from: directory)
    let lease = record.map.map { UserLease(held: $0) }
    let group = record.groups.isEmpty ? nil : ControlGroup(record.groups, record.controllers)
    let scratch = record.scratch
    // The number alone could be another process's by now; the pair of number and start time cannot.
    guard let process = try? ChildProcess.adopt(record.processID),
      ProcessTable.startTime(of: record.processID) == record.startTime,
      let socket = try? LocalSocket.connect(in: directory)
    else {
      group?.remove()
      try? await scratch?.giveBack(map: lease?.map)
      try await Leftovers.remove(directory)
      return nil
    }
    let connection = try InitConnection(socket)
    let mode = record.policy.mode
    let watch = LimitWatch(
      record.policy.limits, places: record.policy.writtenPlaces(scratch: scratch?.path),
      soft: Set(ControlGroup.Controller.allCases).subtracting(record.controllers), processID: record.processID,
      usageBefore: record.diskUsage, startedAgo: ProcessTable.age(startTime: record.startTime),
      end: { if mode == .strict { process.signal(SIGKILL) } else { connection.tell(SANDBOX_MESSAGE_END) } })
    let parts = SandboxParts(
      mode: mode, connection: connection, process: process, lease: lease, group: group, scratch: scratch, watch: watch,
      notices: [], workspacePaths: record.workspacePaths)
    let sandbox = DurableSandbox(record.policy, parts, directory)
    _ = try await connection.list()
    return sandbox
  }

  /// What a record says, without taking the sandbox on.
  ///
  /// - Returns: whether the sandbox is there still, and its workspaces on this machine; `nil` without a record.
  public static func trace(record directory: String) -> (isRunning: Bool, workspaces: [String])? {
    guard let record = try? DurableRecord.read(from: directory) else { return nil }
    let isRunning = ProcessTable.startTime(of: record.processID) == record.startTime
    return (isRunning, record.policy.workspaces.map(\.source))
  }

  /// Where commands find the workspaces of the policy, in its order.
  public var workspacePaths: [String] { parts.workspacePaths }

  /// Whether no process runs in it beside its first.
  public var isEmpty: Bool {
    let id = parts.process.processID
    return (try? FileSystem.read("/proc/\(id)/task/\(id)/children", limit: 1 << 20))?.isEmpty ?? true
  }

  /// The commands that run, and those whose end nobody has recorded yet.
  public func commands() async throws -> [CommandID] {
    try await parts.connection.list().map { CommandID(number: $0.message.id) }
  }

  /// Starts a command. Its descriptors stay with it when this process ends, so they should be files.
  ///
  /// - Throws: ``SandboxError`` when the sandbox has ended; that the program cannot be executed is told by
  ///   ``result(of:)``.
  public func start(_ command: Command) throws -> CommandID {
    do {
      let before = parts.counters()
      let id = try parts.connection.start(try EncodedCommand(command))
      starts.withLock { $0[id] = (.now, before) }
      return CommandID(number: id)
    } catch let error as SystemError {
      throw SandboxError(.ended, "cannot start \(command.executable): its sandbox has ended", underlying: error)
    }
  }

  /// Waits for the end of a command, also of one that was started by an earlier process.
  ///
  /// Cancelling the calling task tears the command down, as with ``Sandbox/run(_:)``; ``detach()`` lets it run on.
  ///
  /// - Parameters:
  ///   - timeout: how long to wait before the command is torn down; `nil` is for ever.
  ///   - teardown: how that is done.
  /// - Throws: ``SandboxError`` when it could not be started, or the sandbox was let go of meanwhile.
  public func result(
    of command: CommandID, timeout: Duration? = nil,
    teardown: [TeardownStep] = [.terminate(after: .seconds(10)), .kill]
  ) async throws -> CommandResult {
    let start = starts.withLock { $0[command.number] }
    let running = SandboxedCommand(
      id: command.number, connection: parts.connection, startedAt: start?.time ?? ContinuousClock.now)
    var result = await Supervision.follow(running, timeout: timeout, teardown: teardown)
    if let refusal = running.refusal {
      let error = SystemError(String(cString: sandbox_stage_phrase(refusal.value)), number: refusal.error)
      throw SandboxError(.cannotExecute, "\(error)", underlying: error)
    }
    if isDetached.withLock({ $0 }) {
      throw SandboxError(.ended, "command \(command.number) was let go of and runs on in its sandbox")
    }
    // Of a command of an earlier process it is known only what the kernel has counted since the sandbox started.
    if let sentence = parts.exceededLimit(by: result, since: start?.counters ?? .init(), policy.limits) {
      result.ending = .limit(sentence)
    }
    return result
  }

  /// Has the sandbox forget a command whose result has been recorded.
  public func forget(_ command: CommandID) {
    parts.connection.tell(SANDBOX_MESSAGE_FORGET, id: command.number)
  }

  /// Sends a signal to all processes of a command's group.
  public func signal(_ command: CommandID, _ number: Int32) {
    parts.connection.tell(SANDBOX_MESSAGE_SIGNAL, id: command.number, value: number)
  }

  /// Lets go of it: it runs on, and can be adopted.
  public func detach() {
    isDetached.withLock { $0 = true }
    parts.watch.stop()
    parts.connection.close()
  }

  /// Kills everything in it and removes its record.
  public func end() async throws {
    parts.kill()
    _ = await parts.process.wait()
    parts.connection.close()
    await parts.cleanUp()
    try await Leftovers.remove(directory)
  }
}

/// The record of a durable sandbox.
struct DurableRecord: Codable {
  var schema = 1
  var processID: Int32
  /// Clock ticks from the machine's start to the process's, field 22 of `/proc/PID/stat`.
  var startTime: UInt64
  var policy: SandboxPolicy
  var map: UserMap?
  var groups: [ControlGroup.Directory]
  var controllers: Set<ControlGroup.Controller>
  var workspacePaths: [String]
  /// Bytes in the places that the disk limit is about, before the first command.
  var diskUsage: Int64
  /// The private directory on disk, also when nobody named one.
  var scratch: Scratch?

  func write(to directory: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try FileSystem.writeAtomically(Array(try encoder.encode(self)), to: directory + "/record.json", mode: 0o600)
  }

  static func read(from directory: String) throws -> DurableRecord {
    let path = directory + "/record.json"
    do {
      let bytes = try FileSystem.read(path, limit: 1 << 20)
      return try JSONDecoder().decode(DurableRecord.self, from: Data(bytes))
    } catch {
      throw SandboxError(.system, "cannot read the record of a sandbox in \(path): \(error)", underlying: error)
    }
  }
}
