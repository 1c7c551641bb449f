import CSandbox
import Foundation
import JourneymanSupport
import Synchronization

/// A child process: started once, waited for by any number of tasks, signalled without ever meaning another process
/// that got its number later.
public final class ChildProcess: Sendable {
  /// What to start, and what it gets.
  public struct Configuration: Sendable {
    /// The program's absolute path.
    public var executable: String
    /// The arguments after the program's own name.
    public var arguments: [String]
    /// The whole environment: nothing is inherited.
    public var environment: [String: String]
    /// The working directory; `nil` is the caller's.
    public var directory: String?
    /// A descriptor to read standard input from, borrowed until the process has started; `nil` is `/dev/null`.
    public var standardInput: Int32?
    /// A descriptor that receives standard output, borrowed until the process has started; `nil` is `/dev/null`.
    public var standardOutput: Int32?
    /// A descriptor that receives standard error, borrowed until the process has started; `nil` is `/dev/null`.
    public var standardError: Int32?
    /// Descriptors that become 3, 4, … in this order, borrowed until the process has started. Every other descriptor
    /// is closed in the child.
    public var passing: [Int32]
    /// Whether it leads a session, and so a process group, of its own.
    public var newSession: Bool
    /// Whether the kernel kills it when this process ends, however it ends.
    public var diesWithParent: Bool

    /// Describes a process.
    public init(
      executable: String, arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil,
      standardInput: Int32? = nil, standardOutput: Int32? = nil, standardError: Int32? = nil, passing: [Int32] = [],
      newSession: Bool = true, diesWithParent: Bool = true
    ) {
      self.executable = executable
      self.arguments = arguments
      self.environment = environment
      self.directory = directory
      self.standardInput = standardInput
      self.standardOutput = standardOutput
      self.standardError = standardError
      self.passing = passing
      self.newSession = newSession
      self.diesWithParent = diesWithParent
    }
  }

  /// How a process ended and what it used.
  public struct Exit: Sendable, Hashable {
    /// The exit status or signal.
    public let status: ExitStatus
    /// What it used. The peak of memory is never below this process's own, because the kernel carries the parent's
    /// figure across a start that shares memory.
    public let resources: ResourceUse
  }

  private enum State {
    case running(waiting: [CheckedContinuation<Exit, Never>])
    case ended(Exit)
  }

  /// The process id. Use ``signal(_:)`` rather than `kill(2)`: the number is reused once the process has ended.
  public let processID: Int32
  let leadsGroup: Bool
  private let pidfd: OwnedDescriptor
  private let startedAt: ContinuousClock.Instant
  private let killsGroupAtEnd = Mutex(false)
  private let state = Mutex(State.running(waiting: []))

  /// Starts a process.
  ///
  /// - Throws: ``SandboxError`` when it could not be started, for example `.cannotExecute`.
  public static func start(_ configuration: Configuration) async throws -> ChildProcess {
    var request = SpawnRequest(
      executable: configuration.executable, arguments: [configuration.executable] + configuration.arguments,
      environment: configuration.environment.map { "\($0.key)=\($0.value)" })
    request.directory = configuration.directory
    request.standardInput = configuration.standardInput
    request.standardOutput = configuration.standardOutput
    request.standardError = configuration.standardError
    request.passing = configuration.passing
    request.newSession = configuration.newSession
    request.diesWithParent = configuration.diesWithParent
    return try await start(request)
  }

  /// - Parameter first: what the process waits for, done on the thread that starts it.
  static func start(
    _ request: SpawnRequest, first: @escaping @Sendable (Int32) throws(SandboxError) -> Void = { _ in }
  ) async throws -> ChildProcess {
    let startedAt = ContinuousClock.now
    let started = try await Spawner.shared.start(request, first: first)
    let process = ChildProcess(
      processID: started.processID, pidfd: OwnedDescriptor(taking: started.pidfd), leadsGroup: request.newSession,
      startedAt: startedAt)
    do {
      try Reaper.shared.whenReadable(process.pidfd.number) { process.reap() }
    } catch {
      process.signal(SIGKILL)
      var ended = pollfd(fd: process.pidfd.number, events: Int16(POLLIN), revents: 0)
      _ = poll(&ended, 1, -1)
      process.reap()
      throw SandboxError(.system, "cannot wait for \(request.executable): \(error)", underlying: error)
    }
    if case .failure(let error) = started.first {
      process.signal(SIGKILL)
      _ = await process.wait()
      throw error
    }
    return process
  }

  /// Follows a process that is no child of this one: only that it ends can be learned, not how.
  static func adopt(_ processID: Int32) throws(SystemError) -> ChildProcess {
    let pidfd = try retryingInterrupts("find process \(processID)") { sandbox_open_process(processID) }
    let process = ChildProcess(
      processID: processID, pidfd: OwnedDescriptor(taking: pidfd), leadsGroup: false,
      startedAt: ContinuousClock.now)
    try Reaper.shared.whenReadable(process.pidfd.number) { process.reap() }
    return process
  }

  private init(
    processID: Int32, pidfd: consuming OwnedDescriptor, leadsGroup: Bool, startedAt: ContinuousClock.Instant
  ) {
    self.startedAt = startedAt
    self.processID = processID
    self.pidfd = pidfd
    self.leadsGroup = leadsGroup
  }

  /// Waits until the process has ended. Not cancellable: end the process instead.
  public func wait() async -> Exit {
    await withCheckedContinuation { continuation in
      let ended: Exit? = state.withLock { state in
        switch state {
        case .running(let waiting):
          state = .running(waiting: waiting + [continuation])
          return nil
        case .ended(let exit): return exit
        }
      }
      if let ended { continuation.resume(returning: ended) }
    }
  }

  /// Sends a signal to the process, if it has not ended.
  public func signal(_ number: Int32) {
    _ = sandbox_signal(pidfd.number, number)
  }

  /// Sends a signal to every process of its group, if the process itself has not been collected yet: until then its
  /// number, and so the group's, cannot have been reused. Without a session of its own, only to the process.
  public func signalGroup(_ number: Int32) {
    if !leadsGroup { return signal(number) }
    state.withLock { state in
      if case .running = state { _ = kill(-processID, number) }
    }
  }

  /// Has the whole group killed at the moment the process itself ends.
  func killGroupAtEnd() {
    killsGroupAtEnd.withLock { $0 = true }
  }

  private func reap() {
    let killsGroup = leadsGroup && killsGroupAtEnd.withLock { $0 }
    let (exit, waiting): (Exit, [CheckedContinuation<Exit, Never>]) = state.withLock { state in
      guard case .running(let waiting) = state else { return (collect(), []) }
      if killsGroup { _ = kill(-processID, SIGKILL) }
      let exit = collect()
      state = .ended(exit)
      return (exit, waiting)
    }
    for continuation in waiting { continuation.resume(returning: exit) }
  }

  /// Takes the status of a process that has ended from the kernel.
  private func collect() -> Exit {
    var ended = sandbox_exit()
    if sandbox_reap(pidfd.number, &ended) != 0 {
      // Somebody else in this process waited for it; all that is known is that it is gone.
      ended = sandbox_exit(status: SIGKILL, signaled: true, cpu_microseconds: 0, peak_memory_bytes: 0)
    }
    Spawner.shared.forget(processID)
    let resources = ResourceUse(
      wall: ContinuousClock.now - startedAt, cpu: .microseconds(ended.cpu_microseconds),
      peakMemory: ended.peak_memory_bytes)
    return Exit(status: ended.signaled ? .signaled(ended.status) : .exited(ended.status), resources: resources)
  }
}
