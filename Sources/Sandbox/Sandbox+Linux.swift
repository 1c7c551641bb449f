import CSandbox
import Foundation
public import JourneymanSupport
import Synchronization

/// The sandbox of one build: started once, runs many commands, ends with everything that is left in it.
///
/// Its first process, journeyman-init, builds it, starts the commands it is sent over a socket, collects every process,
/// and dies with this one; with it dies every process of a strict sandbox.
public final class Sandbox: CommandRunner {
  /// What it was started with.
  public let policy: SandboxPolicy
  /// What the build's log should say about it, each a sentence.
  public let notices: [String]
  /// Where commands find the workspaces of the policy, in its order: a strict sandbox shows them at their `path`, the
  /// other modes work in the directory itself or in a copy.
  public let workspacePaths: [String]

  let connection: InitConnection
  let initProcess: ChildProcess
  private let parts: SandboxParts
  private let hasEnded = Mutex(false)

  /// Builds a sandbox.
  ///
  /// - Throws: ``SandboxError``: `.unsupported` when the machine cannot do what the policy's mode promises, with what is
  ///   missing and how to get it.
  public static func start(_ policy: SandboxPolicy) async throws -> Sandbox {
    Sandbox(policy, try await SandboxStartup(policy).run())
  }

  init(_ policy: SandboxPolicy, _ parts: SandboxParts) {
    self.policy = policy
    self.parts = parts
    notices = parts.notices
    workspacePaths = parts.workspacePaths
    connection = parts.connection
    initProcess = parts.process
    parts.watch.start()
  }

  /// Runs a command until its own process has ended.
  ///
  /// - Throws: ``SandboxError`` when it could not be started, or the sandbox has ended.
  public func run(_ command: Command) async throws -> CommandResult {
    var command = command
    if let directory = parts.temporaryDirectory, command.environment["TMPDIR"] == nil {
      command.environment["TMPDIR"] = directory
    }
    let encoded = try EncodedCommand(command)
    let startedAt = ContinuousClock.now
    if hasEnded.withLock({ $0 }) { throw ended(command) }
    let before = parts.counters()
    let id: UInt32
    do {
      id = try connection.start(encoded)
    } catch {
      throw ended(command)
    }
    let running = SandboxedCommand(id: id, connection: connection, startedAt: startedAt)
    var result = await Supervision.follow(running, timeout: command.timeout, teardown: command.teardown)
    if let refusal = running.refusal { throw notStarted(command, refusal) }
    if let failure = connection.lateFailure { throw ended(command, failure) }
    if let sentence = parts.exceededLimit(by: result, since: before, policy.limits) { result.ending = .limit(sentence) }
    return result
  }

  /// Who has to own the files that the agent adds to the build's directories while the sandbox runs, as user and group;
  /// `nil` when that is the agent's own user.
  public var fileOwner: UInt32? { parts.lease?.map.kind == .ownRange ? UserMap.onDisk : nil }

  /// Who has to own the files of a directory of the agent's from the start, so that a strict sandbox takes it as it is,
  /// as user and group; `nil` when that is the agent's own user.
  public static var strictFileOwner: UInt32? { geteuid() == 0 ? UserMap.onDisk : nil }

  /// Opens a directory as the sandbox sees it, for reading and for opening what lies beneath, for example to collect
  /// artifacts from an overlay.
  ///
  /// The files were made by the build: use `FileSystem.openBeneath` and follow no links.
  ///
  /// - Parameter path: an absolute path inside; its last component must not be a symbolic link.
  /// - Throws: ``SandboxError`` or `SystemError`.
  public func openDirectory(_ path: String) async throws -> OwnedDescriptor {
    try await connection.openDirectory(path)
  }

  /// Kills every process of the sandbox, waits until they are gone, and removes what they left in the scratch directory.
  public func end() async {
    let wasEnded = hasEnded.withLock { ended in
      defer { ended = true }
      return ended
    }
    if !wasEnded { parts.kill() }
    _ = await initProcess.wait()
    connection.close()
    if !wasEnded { await parts.cleanUp() }
  }

  private func ended(_ command: Command, _ failure: SystemError? = nil) -> SandboxError {
    let reason = parts.watch.violation ?? (failure ?? connection.lateFailure).map { "\($0)" }
    return SandboxError(
      .ended, "cannot start \(command.executable): its sandbox has ended\(reason.map { ": " + $0 } ?? "")",
      underlying: failure)
  }

  private func notStarted(_ command: Command, _ refusal: sandbox_message) -> SandboxError {
    let error = SystemError(String(cString: sandbox_stage_phrase(refusal.value)), number: refusal.error)
    return SpawnFailure.explained(
      stage: refusal.value, error, executable: command.executable, directory: command.directory,
      user: command.user ?? "")
  }
}

/// A command inside a sandbox.
final class SandboxedCommand: Supervised {
  private let id: UInt32
  private let connection: InitConnection
  private let startedAt: ContinuousClock.Instant
  private let reason = Mutex<sandbox_message?>(nil)

  init(id: UInt32, connection: InitConnection, startedAt: ContinuousClock.Instant) {
    self.id = id
    self.connection = connection
    self.startedAt = startedAt
  }

  /// Why it could not be started, once ``wait()`` has returned.
  var refusal: sandbox_message? { reason.withLock { $0 } }

  func wait() async -> ChildProcess.Exit {
    let reply = await connection.end(of: id)
    var resources = ResourceUse(wall: ContinuousClock.now - startedAt)
    guard let message = reply?.message else {
      return ChildProcess.Exit(status: .signaled(SIGKILL), resources: resources)
    }
    if sandbox_message_type(message.type) == SANDBOX_MESSAGE_NOT_STARTED { reason.withLock { $0 = message } }
    resources.cpu = .microseconds(message.cpu_microseconds)
    resources.peakMemory = message.peak_memory_bytes
    let status: ExitStatus = message.error == 1 ? .signaled(message.value) : .exited(message.value)
    return ChildProcess.Exit(status: status, resources: resources)
  }

  func signalGroup(_ number: Int32) { connection.tell(SANDBOX_MESSAGE_SIGNAL, id: id, value: number) }
  func killGroupAtEnd() { connection.tell(SANDBOX_MESSAGE_KILL_GROUP_AT_END, id: id) }
}
