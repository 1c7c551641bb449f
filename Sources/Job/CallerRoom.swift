internal import Foundation
public import JourneymanSandbox
public import JourneymanSupport
internal import Synchronization

/// Runs commands in the sandbox of the job that asked for a build, through the process that asked: the worker's side.
///
/// What it answers comes out of the job's sandbox: sizes are bounded, answers that nobody waits for are dropped, and a
/// descriptor counts as a directory only if it is one of the job's own user. This process may read more than the job,
/// so that beneath such a directory it stays on its mount (`FileSystem.stayOnMounts()`).
public final class CallerRoom: CommandRunner {
  private typealias Reply = (answer: RoomAnswer, descriptors: [OwnedFile])
  private typealias Waiting = CheckedContinuation<Reply?, Never>

  private struct State {
    var isClosed = false
    var next = 0
    var waiting: [Int: Waiting] = [:]
  }

  private let socket: JobSocket<RoomOrder, RoomAnswer>
  private let state = Mutex(State())
  private let directory: OwnedFile
  private let owner: UInt32

  /// The directory of the files that carry the build's state, as this process reaches it: through a descriptor of the
  /// caller's, since the path means nothing outside of the job's sandbox.
  public var scripts: String { "/proc/self/fd/\(directory.number)/." }

  /// Takes the connection to the caller over.
  ///
  /// - Parameters:
  ///   - scripts: the directory of the files that carry the build's state.
  ///   - owner: the user id of the job.
  /// - Throws: `SandboxError` when the directory is not the job's.
  public init(
    _ connection: consuming OwnedDescriptor, scripts: consuming OwnedDescriptor, owner: UInt32
  ) throws(SandboxError) {
    socket = JobSocket(OwnedFile(connection))
    directory = OwnedFile(scripts)
    self.owner = owner
    try Self.check(directory, of: owner, named: "of its scripts")
    SystemThread.startNeeded("room") { [self] in listen() }
  }

  /// Runs a command until its own process has ended.
  ///
  /// - Throws: `SandboxError` when it could not be started, or the caller has gone.
  public func run(_ command: Command) async throws -> CommandResult {
    let standard = [command.standardInput, command.standardOutput, command.standardError]
    let described = RoomCommand(
      executable: command.executable, arguments: command.arguments, environment: command.environment,
      directory: command.directory, user: command.user, timeoutSeconds: command.timeout?.seconds,
      graceSeconds: command.teardown.compactMap { step in
        if case .terminate(let grace) = step { grace.seconds } else { nil }
      },
      standard: standard.map { $0 != nil })
    let id = nextID()
    let reply = await withTaskCancellationHandler {
      await ask(id, .run(id, described), standard.compactMap(\.self))
    } onCancel: {
      try? socket.send(.cancel(id))
    }
    switch reply?.answer {
    case .ended(_, let status, let ending, let wall, let cpu, let peakMemory):
      let resources = ResourceUse(wall: .bounded(wall), cpu: .bounded(cpu), peakMemory: max(0, peakMemory))
      return CommandResult(
        status: status < 0 ? .signaled(-max(status, -64)) : .exited(min(status, 255)),
        ending: Self.ending(ending), resources: resources)
    case .failed(_, let word, let message):
      let code = SandboxError.Code.words.first { $0.word == word }?.code ?? .system
      throw SandboxError(code, String(message.prefix(Self.longestMessage)))
    case .opened, nil: throw Self.lost
    }
  }

  /// Opens a directory by the path that commands see.
  ///
  /// - Throws: `SandboxError` when it cannot be opened, or the caller has gone.
  public func openDirectory(_ path: String) async throws -> OwnedDescriptor {
    let id = nextID()
    guard let reply = await ask(id, .open(id, path: path), []) else { throw Self.lost }
    if case .failed(_, _, let message) = reply.answer {
      throw SandboxError(.system, String(message.prefix(Self.longestMessage)))
    }
    guard let file = reply.descriptors.first else {
      throw SandboxError(.system, "the job does not give the directory \(path)")
    }
    try Self.check(file, of: owner, named: path)
    do {
      // A descriptor of this side's own, whose offset the caller does not share.
      return try FileSystem.open("/proc/self/fd/\(file.number)/.", flags: O_RDONLY | O_DIRECTORY)
    } catch {
      throw SandboxError(.system, "\(error)", underlying: error)
    }
  }

  private static func check(_ file: OwnedFile, of owner: UInt32, named name: String) throws(SandboxError) {
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw SandboxError(.system, "the job does not give the directory \(name)")
    }
    if status.st_uid != owner {
      throw SandboxError(
        .system, "the directory \(name) is not the job's own; build a copy of it, without '--in-place'")
    }
  }

  /// Ends the connection: the caller ends what runs.
  public func end() async { socket.shutDown() }

  private static let longestMessage = 4096

  private static let lost = SandboxError(
    .ended, "the process in the job that asked for this build is gone")

  private static func ending(_ ending: RoomAnswer.Ending) -> CommandResult.Ending {
    switch ending {
    case .natural: .natural
    case .timedOut: .timedOut
    case .cancelled: .cancelled
    }
  }

  private func nextID() -> Int {
    state.withLock { state in
      state.next += 1
      return state.next
    }
  }

  /// - Returns: `nil` when the caller is gone.
  private func ask(_ id: Int, _ order: RoomOrder, _ descriptors: [Int32]) async -> Reply? {
    await withCheckedContinuation { (continuation: Waiting) in
      let isClosed = state.withLock { state in
        if !state.isClosed { state.waiting[id] = continuation }
        return state.isClosed
      }
      if isClosed { return continuation.resume(returning: nil) }
      do {
        try socket.send(order, with: descriptors)
        // A cancellation that came before could not end what nobody knew.
        if Task.isCancelled { try socket.send(.cancel(id)) }
      } catch {
        let problem = RoomAnswer.failed(id, code: "system", message: "the job cannot be reached: \(error)")
        take(id)?.resume(returning: (problem, []))
      }
    }
  }

  private func take(_ id: Int) -> Waiting? { state.withLock { $0.waiting.removeValue(forKey: id) } }

  private func listen() {
    while let (answer, descriptors) = try? socket.receive() {
      take(answer.id)?.resume(returning: (answer, descriptors))
    }
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(returning: nil) }
  }
}

extension RoomAnswer {
  /// What is answered.
  var id: Int {
    switch self {
    case .ended(let id, _, _, _, _, _), .failed(let id, _, _), .opened(let id): id
    }
  }
}

extension Duration {
  /// A duration that somebody else names in seconds; nonsense counts as nothing.
  fileprivate static func bounded(_ seconds: Double) -> Duration {
    seconds.isFinite ? .seconds(min(max(0, seconds), 1e9)) : .zero
  }
}
