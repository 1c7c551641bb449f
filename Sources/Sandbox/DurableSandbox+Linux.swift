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
  private let parts: SandboxParts
  private let startedAt = Mutex<[UInt32: ContinuousClock.Instant]>([:])

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
    let listener = OwnedFile(try ControlSocket.listen(in: directory))
    let parts = try await SandboxStartup(policy, listener: listener).run()
    guard let startTime = ProcessTable.startTime(of: parts.process.processID) else {
      throw SandboxError(.ended, "the sandbox ended as soon as it was started")
    }
    let record = DurableRecord(
      processID: parts.process.processID, startTime: startTime, policy: policy, map: parts.lease?.map,
      groups: parts.group?.directories ?? [], controllers: parts.group?.controllers ?? [],
      workspacePaths: parts.workspacePaths)
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
    let scratch = record.policy.scratch.map { Scratch(path: $0, isTemporary: false) }
    // The number alone could be another process's by now; the pair of number and start time cannot.
    guard let process = try? ChildProcess.adopt(record.processID),
      ProcessTable.startTime(of: record.processID) == record.startTime,
      let socket = try? ControlSocket.connect(in: directory)
    else {
      group?.remove()
      try? await scratch?.giveBack(map: lease?.map)
      try await Leftovers.remove(directory)
      return nil
    }
    let connection = try InitConnection(socket)
    let places = [scratch?.path].compactMap(\.self)
    let mode = record.policy.mode
    let watch = LimitWatch(
      record.policy.limits, places: places,
      soft: Set(ControlGroup.Controller.allCases).subtracting(record.controllers), processID: record.processID,
      end: { if mode == .strict { process.signal(SIGKILL) } else { connection.tell(SANDBOX_MESSAGE_END) } })
    let parts = SandboxParts(
      mode: mode, connection: connection, process: process, lease: lease, group: group, scratch: scratch, watch: watch,
      notices: [], workspacePaths: record.workspacePaths)
    let sandbox = DurableSandbox(record.policy, parts, directory)
    _ = try await connection.list()
    return sandbox
  }

  /// Where commands find the workspaces of the policy, in its order.
  public var workspacePaths: [String] { parts.workspacePaths }

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
      let id = try parts.connection.start(try EncodedCommand(command))
      startedAt.withLock { $0[id] = ContinuousClock.now }
      return CommandID(number: id)
    } catch let error as SystemError {
      throw SandboxError(.ended, "cannot start \(command.executable): its sandbox has ended", underlying: error)
    }
  }

  /// Waits for the end of a command, also of one that was started by an earlier process.
  ///
  /// - Throws: ``SandboxError`` when it could not be started, or the sandbox ended first.
  public func result(of command: CommandID) async throws -> CommandResult {
    let since = startedAt.withLock { $0[command.number] } ?? ContinuousClock.now
    let running = SandboxedCommand(id: command.number, connection: parts.connection, startedAt: since)
    let exit = await running.wait()
    if let refusal = running.refusal {
      let error = SystemError(String(cString: sandbox_stage_phrase(refusal.value)), number: refusal.error)
      throw SandboxError(.cannotExecute, "\(error)", underlying: error)
    }
    return CommandResult(status: exit.status, resources: exit.resources)
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
