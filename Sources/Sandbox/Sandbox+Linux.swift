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

  private let connection: InitConnection
  private let initProcess: ChildProcess
  private let lease: UserLease?
  private let hasEnded = Mutex(false)

  /// Builds a sandbox.
  ///
  /// - Throws: ``SandboxError``: `.unsupported` when the machine cannot do what the policy's mode promises, with what is
  ///   missing and how to get it.
  public static func start(_ policy: SandboxPolicy) async throws -> Sandbox {
    try PolicyCheck.check(policy)
    let program = try InitProgram.path()
    let lease = policy.mode == .strict ? try UserLease.take() : nil
    var request = SpawnRequest(executable: program, arguments: ["journeyman-init"], environment: [])
    if policy.mode == .strict {
      request.namespaces = namespaces(policy)
      request.keptCapabilities = StrictPlan.builderCapabilities
    }
    // Reading the system's directories takes longer than anything else here, so it runs meanwhile.
    async let secrets = SystemSecrets.toHide(from: policy)
    let (process, connection) = try await startInit(request)
    do {
      if let map = lease?.map { try await map.apply(to: process.processID) }
      let map = lease?.map ?? .single()
      let isStrict = policy.mode == .strict
      let sources = HostSources(map: map, processID: process.processID)
      let hidden = try await secrets
      let plan =
        isStrict ? try strictPlan(policy, map, sources, hidden) : try BasicPlan(policy).plan
      let reply = try await connection.setUp(plan, descriptors: sources.descriptors)
      try check(reply, plan)
    } catch {
      process.signal(SIGKILL)
      _ = await process.wait()
      throw error as? SandboxError ?? SandboxError(.system, "cannot start the sandbox: \(error)", underlying: error)
    }
    let notices = [lease?.notice].compactMap(\.self)
    return Sandbox(policy, notices, connection, process, lease)
  }

  private init(
    _ policy: SandboxPolicy, _ notices: [String], _ connection: InitConnection, _ process: ChildProcess,
    _ lease: UserLease?
  ) {
    self.policy = policy
    self.notices = notices
    self.connection = connection
    self.initProcess = process
    self.lease = lease
  }

  /// Runs a command until its own process has ended.
  ///
  /// - Throws: ``SandboxError`` when it could not be started, or the sandbox has ended.
  public func run(_ command: Command) async throws -> CommandResult {
    let encoded = try EncodedCommand(command)
    let startedAt = ContinuousClock.now
    if hasEnded.withLock({ $0 }) { throw Self.ended(command) }
    let id: UInt32
    do {
      id = try connection.start(encoded)
    } catch {
      throw Self.ended(command)
    }
    let running = SandboxedCommand(id: id, connection: connection, startedAt: startedAt)
    let result = await Supervision.follow(running, timeout: command.timeout, teardown: command.teardown)
    if let refusal = running.refusal { throw Self.notStarted(command, refusal) }
    return result
  }

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
    if !wasEnded {
      if policy.mode == .strict {
        initProcess.signal(SIGKILL)
      } else {
        connection.tell(SANDBOX_MESSAGE_END)
      }
    }
    _ = await initProcess.wait()
    connection.close()
  }

  private static func startInit(_ request: SpawnRequest) async throws -> (ChildProcess, InitConnection) {
    let sockets = try SequencedSockets()
    var request = request
    request.passing = [sockets.theirs.number]
    do {
      let process = try await ChildProcess.start(request)
      return (process, try InitConnection(sockets.ours))
    } catch let error as SandboxError {
      throw explained(error)
    }
  }

  private static func namespaces(_ policy: SandboxPolicy) -> UInt64 {
    var flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP
    if !policy.network && !policy.removed.contains(.networkNamespace) { flags |= CLONE_NEWNET }
    if policy.removed.contains(.ipcNamespace) { flags &= ~CLONE_NEWIPC }
    return UInt64(flags)
  }

  private static func strictPlan(
    _ policy: SandboxPolicy, _ map: UserMap, _ sources: HostSources, _ secrets: SystemSecrets?
  ) throws -> SetupPlan {
    var plan = try StrictPlan(policy, map: map, sources: sources, secrets: secrets, listener: nil)
    plan.addFilter(try SystemCallFilter.standard.get())
    return plan.plan
  }

  private static func check(_ reply: InitConnection.Reply?, _ plan: SetupPlan) throws(SandboxError) {
    guard let reply else {
      throw SandboxError(.system, "cannot start the sandbox: journeyman-init ended while it was building it")
    }
    if sandbox_message_type(reply.message.type) == SANDBOX_MESSAGE_READY { return }
    let index = Int(reply.message.value)
    let phrase = plan.steps.indices.contains(index) ? plan.steps[index].phrase : "build the sandbox"
    let error = SystemError(phrase, number: reply.message.error)
    throw SandboxError(.unsupported, "the sandbox \(error); see `journeyman doctor`", underlying: error)
  }

  private static func explained(_ error: SandboxError) -> SandboxError {
    guard let system = error.underlying as? SystemError, system.attempt == "make a process" else { return error }
    let cause =
      system.number == ENOSPC
      ? "the limit on namespaces is reached (sysctl user.max_user_namespaces)"
      : "the kernel does not let this user make user namespaces (sysctl kernel.unprivileged_userns_clone,"
        + " kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces)"
    return SandboxError(
      .unsupported, "cannot start a strict sandbox: \(cause): \(system.reason); see `journeyman doctor`",
      underlying: system)
  }

  private static func ended(_ command: Command) -> SandboxError {
    SandboxError(.ended, "cannot start \(command.executable): its sandbox has ended")
  }

  private static func notStarted(_ command: Command, _ refusal: sandbox_message) -> SandboxError {
    if sandbox_message_type(refusal.type) != SANDBOX_MESSAGE_NOT_STARTED { return ended(command) }
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
