internal import Foundation
internal import JourneymanSandbox
internal import JourneymanSupport
internal import Synchronization

/// Listens on the socket of one job, and starts a process for each build that the job asks for: the agent's side, which
/// itself reads nothing of what a job says.
public final class JobListener: Sendable {
  /// What is the same for all jobs of a controller.
  public struct Keeper: Sendable {
    /// The program `journeyman`.
    public let program: String
    /// Where the process that keeps a build reports what has no other place.
    public let report: @Sendable (String) -> Void

    /// Describes how builds are kept.
    public init(program: String, report: @escaping @Sendable (String) -> Void) {
      self.program = program
      self.report = report
    }
  }

  private struct State {
    var running = 0
    var isPaused = false
    var isClosed = false
  }

  /// How many builds one job may have at once; more wait.
  private static let most = 8

  private let listener: OwnedFile
  private let directory: String
  private let setup: JobSetup
  private let keeper: Keeper
  /// A dispatch source may be used from any thread: dispatch objects are thread-safe by contract.
  private nonisolated(unsafe) let source: any DispatchSourceRead
  private let state = Mutex(State())

  /// Listens in a directory of the job, in the place of what an earlier process has left.
  ///
  /// - Throws: `SystemError` when it cannot.
  public init(in directory: String, _ setup: JobSetup, _ keeper: Keeper) throws {
    try FileSystem.makeDirectories(directory)
    listener = OwnedFile(try LocalSocket.listen(in: directory))
    self.directory = directory
    self.setup = setup
    self.keeper = keeper
    // Which user the job is depends on its sandbox: the directory is what others do not see.
    for (path, mode) in [(directory, mode_t(0o755)), (LocalSocket.path(in: directory), mode_t(0o666))] {
      try retryingInterrupts("open \(path) to the job") { chmod(path, mode) }
    }
    source = DispatchSource.makeReadSource(fileDescriptor: listener.number, queue: DispatchQueue(label: "job"))
    let held = listener
    source.setCancelHandler { @Sendable in withExtendedLifetime(held) {} }
    source.setEventHandler { @Sendable [weak self] in self?.accept() }
    source.resume()
  }

  /// Listens no more. Builds that run go on until the job has gone.
  public func close() {
    let wasPaused = state.withLock { state -> Bool? in
      if state.isClosed { return nil }
      state.isClosed = true
      return state.isPaused
    }
    guard let wasPaused else { return }
    source.cancel()
    // A source has to run for its cancellation to take effect.
    if wasPaused { source.resume() }
  }

  deinit { close() }

  private func accept() {
    let number = Foundation.accept(listener.number, nil, nil)
    if number < 0 { return }
    let connection = OwnedFile(OwnedDescriptor(taking: number))
    state.withLock { state in
      state.running += 1
      if state.running == Self.most && !state.isClosed {
        state.isPaused = true
        source.suspend()
      }
    }
    Task {
      do {
        let child = try await start(connection)
        _ = await child.wait()
      } catch {
        keeper.report("a build inside \(setup.build) cannot be kept: \(error)")
      }
      ended()
    }
  }

  private func ended() {
    state.withLock { state in
      state.running -= 1
      if state.isPaused && !state.isClosed {
        state.isPaused = false
        source.resume()
      }
    }
  }

  /// The process outlives this one, as the job does.
  private func start(_ connection: OwnedFile) async throws -> ChildProcess {
    var pipe = try JourneymanSupport.Pipe(capacity: 1 << 20)
    let bytes = Array(try JSONEncoder().encode(setup))
    let input = OwnedFile(OwnedDescriptor(taking: pipe.readEnd.take()?.release() ?? -1))
    let child = try await ChildProcess.start(
      ChildProcess.Configuration(
        executable: keeper.program, arguments: ["job"], environment: StandardPaths.processEnvironment,
        standardInput: input.number, standardError: STDERR_FILENO, passing: [connection.number],
        diesWithParent: false))
    guard let writeEnd = pipe.writeEnd.take() else { return child }
    let sink = OwnedFile(writeEnd)
    try await runBlocking { try FileSystem.writeAll(bytes, to: sink.number, name: "the settings of a job") }
    return child
  }
}
