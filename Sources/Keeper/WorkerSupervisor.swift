import Foundation
import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSupport
import Synchronization

/// Starts the worker of one build, listens to it and to the build's output, and ends it.
///
/// One thread reads both the worker's messages and the output pipe. Before it takes a message in, it takes in what the
/// pipe holds at that moment, so that output and events stand in the log in the order in which they happened. A
/// descendant of the build that keeps the pipe open for ever holds nothing up: the end is the worker's, not the pipe's.
final class WorkerSupervisor: Sendable {
  /// What became of the worker.
  enum Outcome: Sendable {
    case finished(BuildResult)
    case batch(BatchPlan)
    /// It died without a word; the sentence says how.
    case died(String)
  }

  /// How urgently a build is to end. Each includes the ones before.
  enum Ending: Int, Comparable, Sendable {
    case stop, timeOut, kill

    static func < (left: Ending, right: Ending) -> Bool { left.rawValue < right.rawValue }
  }

  private typealias Channel = MessageChannel<KeeperMessage, WorkerMessage>

  private let request: BuildRequest
  private let log: SharedLog
  private let secrets: SecretResolver
  private let decisions: DecisionDesk
  private let begin: @Sendable (ArtifactStage) throws -> Void
  private let worker: ChildProcess
  private let channel: Channel
  private let output: OwnedDescriptor
  private let tracker: Mutex<ResultTracker>
  private let outputWatch: Mutex<OutputWatch>

  /// Bytes read from the output pipe at once; the pipe itself holds as many.
  private static let chunk = 1 << 20

  /// Starts a worker for a build.
  ///
  /// - Parameters:
  ///   - room: what the worker gets beside its own connections.
  ///   - begin: called before the worker begins a step with artifacts.
  /// - Throws: ``KeeperError`` when the worker cannot be started.
  static func start(
    _ request: BuildRequest, program: WorkerProgram, room: [OwnedFile], log: SharedLog, secrets: SecretResolver,
    decisions: DecisionDesk, begin: @escaping @Sendable (ArtifactStage) throws -> Void
  ) async throws -> WorkerSupervisor {
    do {
      var sockets = try SocketPair()
      var pipe = try Pipe(capacity: chunk)
      guard let near = sockets.first.take(), let far = sockets.second.take(), let readEnd = pipe.readEnd.take(),
        let writeEnd = pipe.writeEnd.take()
      else { throw SystemError("make the channels of a build", number: EBADF) }
      let worker = try await ChildProcess.start(
        ChildProcess.Configuration(
          executable: program.executable, arguments: program.arguments,
          environment: WorkerProgram.environment(of: ProcessInfo.processInfo.environment), standardError: 2,
          passing: [far.number, writeEnd.number] + room.map(\.number), diesWithParent: false))
      return WorkerSupervisor(
        request, log: log, secrets: secrets, decisions: decisions, begin: begin, worker: worker,
        channel: Channel(socket: near), output: readEnd)
    } catch {
      throw KeeperError(
        .worker, "the worker process (\(program.executable)) could not be started: \(error)", underlying: error)
    }
  }

  private init(
    _ request: BuildRequest, log: SharedLog, secrets: SecretResolver, decisions: DecisionDesk,
    begin: @escaping @Sendable (ArtifactStage) throws -> Void, worker: ChildProcess, channel: Channel,
    output: consuming OwnedDescriptor
  ) {
    self.request = request
    self.log = log
    self.secrets = secrets
    self.decisions = decisions
    self.begin = begin
    self.worker = worker
    self.channel = channel
    self.output = output
    tracker = Mutex(ResultTracker(request: request))
    outputWatch = Mutex(OutputWatch(request.settings.sandbox))
  }

  /// Gives the worker its build and follows it to its end.
  func run() async throws -> Outcome {
    try? channel.send(.start(request))
    let outcome = try await runBlocking { [self] in try listen() }
    let watch = Task {
      try await Task.sleep(for: Self.patienceAfterTheEnd)
      worker.signal(SIGKILL)
    }
    decisions.close()
    let exit = await worker.wait()
    watch.cancel()
    return outcome ?? .died(Self.sentence(exit.status))
  }

  /// The result of a build whose worker died.
  func fault(_ reason: String) -> BuildResult { tracker.withLock { $0.fault(reason) } }

  /// Asks the worker to end the build; `kill` does not ask twice.
  func end(_ ending: Ending) {
    switch ending {
    case .stop: try? channel.send(.stop)
    case .timeOut: try? channel.send(.timeOut)
    case .kill: try? channel.send(.kill)
    }
  }

  /// Ends the worker itself, which takes a sandbox of its own with it.
  func killWorker() { worker.signal(SIGKILL) }

  /// A worker that has said its last word only has to exit.
  private static let patienceAfterTheEnd = Duration.seconds(30)

  /// Reads until the worker has said its last word or is gone.
  private func listen() throws -> Outcome? {
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    var sources = [
      pollfd(fd: channel.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      let ready = try retryingInterrupts("wait for the worker") { poll(&sources, 2, log.pollTimeout) }
      if ready == 0 {
        log.tick()
      } else if sources[0].revents != 0 {
        try drainOutput(into: &buffer)
        guard let message = try? channel.receive() else { return nil }
        if let outcome = handle(message) { return outcome }
      } else if sources[1].revents & Int16(POLLIN) != 0 {
        try takeOutput(Self.chunk, into: &buffer)
      } else if sources[1].revents != 0 {
        // Nobody holds the pipe's other end: only the worker is left to listen to.
        sources[1].fd = -1
      }
    }
  }

  /// Takes in what the pipe holds now; a writer that goes on does not keep this going.
  private func drainOutput(into buffer: inout [UInt8]) throws {
    var rest = FileSystem.readableBytes(output.number)
    while rest > 0 {
      let count = try takeOutput(min(rest, buffer.count), into: &buffer)
      if count == 0 { return }
      rest -= count
    }
  }

  @discardableResult
  private func takeOutput(_ limit: Int, into buffer: inout [UInt8]) throws -> Int {
    let descriptor = output.number
    let count = try retryingInterrupts("read the build's output") {
      buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, limit) }
    }
    buffer.withUnsafeBytes { log.output(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    let sentence = buffer.withUnsafeBytes { bytes in
      outputWatch.withLock { $0.take(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
    }
    if let sentence {
      log.emit(.message(.error, sentence))
      try? channel.send(.limitExceeded(sentence))
    }
    return count
  }

  private func handle(_ message: WorkerMessage) -> Outcome? {
    switch message {
    case .event(let kind): note(kind)
    case .announce(let kind):
      note(kind)
      try? channel.send(.proceed)
    case .stage(let stage):
      do {
        try begin(stage)
      } catch {
        log.emit(.message(.warning, "\(error)"))
      }
      try? channel.send(.proceed)
    case .secretsNeeded(let references): Task { await answer(references) }
    case .decisionNeeded(let question): Task { await answer(question) }
    case .batch(let plan): return .batch(plan)
    case .finished(let result): return .finished(outputWatch.withLock { $0.completed(result) })
    }
    return nil
  }

  private func note(_ kind: BuildEvent.Kind) {
    let kind = outputWatch.withLock { $0.completed(kind) }
    tracker.withLock { $0.note(kind) }
    log.emit(kind)
  }

  /// The log learns a secret before the build does.
  private func answer(_ references: [SecretReference]) async {
    do {
      let values = try await secrets.values(of: references)
      try log.addSecrets(values)
      try? channel.send(.secrets(values.map { $0.reveal() }))
    } catch {
      try? channel.send(.secretsRefused("\(error)"))
    }
  }

  private func answer(_ question: BuildQuestion) async {
    let decision = await decisions.decide(question) { [log] in log.emit(.message(.info, $0)) }
    try? channel.send(.decision(decision))
  }

  private static func sentence(_ status: ExitStatus) -> String {
    switch status {
    case .exited(let code): "the worker process of the build ended by itself with exit status \(code)"
    case .signaled(let signal): "the worker process of the build was ended by signal \(signal)"
    }
  }
}
