import Foundation
public import JourneymanBuildModel
import JourneymanStores
public import JourneymanSupport
import Synchronization

/// The keeper of one build: the process that holds its keys and secrets, writes its log and its result, and outlives
/// its worker, whatever happens to that.
public final class BuildKeeper: Sendable {
  /// What does not change from build to build.
  public struct Environment: Sendable {
    /// The program that is started as worker.
    public var worker: WorkerProgram
    /// Who resolves the secrets that a buildspec refers to.
    public var secrets: SecretResolver
    /// How many tasks of a batch run at once.
    public var executors: Int
    /// What standard output shows.
    public var display: BuildLogOptions.Display
    /// This process's variables.
    public var variables: [String: String]
    /// What the worker of a build that a job asked for gets: the connection to the caller, and the directory of the files
    /// that carry the build's state.
    public var room: [OwnedFile] = []
    /// Whether what the build leaves is signed.
    public var signs = true
    /// Where people find what comes out, if that is not the output directory.
    public var shownOutput: String?

    /// Collects what does not change.
    public init(
      worker: WorkerProgram, secrets: SecretResolver, executors: Int, display: BuildLogOptions.Display,
      variables: [String: String]
    ) {
      self.worker = worker
      self.secrets = secrets
      self.executors = executors
      self.display = display
      self.variables = variables
    }

    /// The same without standard output, for the tasks of a batch.
    var silent: Environment {
      var copy = self
      copy.display = .nothing
      return copy
    }
  }

  private struct State {
    var ending: WorkerSupervisor.Ending?
    var supervisor: WorkerSupervisor?
    var batch: BatchKeeper?
    var storing: Storing?
  }

  /// What goes on with stores, and how it is ended.
  private struct Storing {
    let recovery: Task<Void, Never>
    let delivery: Task<Void, Never>
    /// Lets the build end without the delivery.
    let abandon: @Sendable () -> Void
  }

  private let request: BuildRequest
  private let environment: Environment
  private let output: OutputDirectory
  private let state = Mutex(State())

  /// Prepares to keep a build.
  public init(_ request: BuildRequest, in environment: Environment) {
    self.request = request
    self.environment = environment
    output = OutputDirectory(path: request.outputDirectory)
  }

  /// Carries the build through.
  ///
  /// - Returns: the result, which then also stands in `result.json`.
  /// - Throws: ``KeeperError`` when the output directory cannot be used; everything else is a result.
  public func run() async throws -> BuildResult {
    let delivery = ArtifactDelivery(request, in: environment)
    let news = await delivery.recover(.ofThisOutput)
    try output.prepare()
    let log = try openLog()
    for event in news { log.emit(event) }
    let started = Timestamp.now()
    let journal = await delivery.begin(log)
    let recovery = Task {
      for event in await delivery.recover(.others) { log.emit(event) }
    }
    var result = await carryOut(log, journal)
    result.id = request.id
    result.startedAt = started
    result.finishedAt = .now()
    await attest(&result, log)
    result = await deliver(result, by: delivery, journal, recovery, log)
    log.emit(.buildFinished(result.status, durationSeconds: result.finishedAt.seconds(since: started)))
    log.close()
    let masked = log.masked(result)
    try output.write(masked)
    return masked
  }

  /// Stores the artifacts, and waits until what other builds left is settled. An ending stops the upload and removes what
  /// was stored; the second one leaves that to the next start.
  private func deliver(
    _ result: BuildResult, by delivery: ArtifactDelivery, _ journal: UploadJournal?, _ recovery: Task<Void, Never>,
    _ log: SharedLog
  ) async -> BuildResult {
    let (answers, answer) = AsyncStream.makeStream(of: BuildResult?.self)
    let task = Task {
      var stored = result
      await delivery.deliver(&stored, journal, log)
      await recovery.value
      answer.yield(stored)
    }
    state.withLock { $0.storing = Storing(recovery: recovery, delivery: task) { answer.yield(nil) } }
    for await stored in answers {
      if let stored { return stored }
      log.emit(.message(.error, "storing the artifacts was given up; the next start finishes or removes them"))
      break
    }
    var abandoned = result
    if abandoned.status == .succeeded { abandoned.status = .stopped }
    return abandoned
  }

  /// Describes and signs the artifacts; a build that nobody can vouch for has not succeeded.
  private func attest(_ result: inout BuildResult, _ log: SharedLog) async {
    do {
      let news = try await BuildAttestation(signs: environment.signs).write(
        log.masked(result), of: request, variables: environment.variables)
      if let news { log.emit(.message(.info, news)) }
    } catch {
      log.emit(.message(.error, "the artifacts could not be described and signed: \(error)"))
      if result.status == .succeeded { result.status = .fault }
    }
  }

  private func openLog() throws -> SharedLog {
    var options = BuildLogOptions(outputDirectory: output.path)
    options.display = environment.display
    options.environment = environment.variables
    options.shownDirectory = environment.shownOutput
    options.limit = Int(request.settings.agent.logLimit)
    do {
      let log = try SharedLog(options)
      if case .repository(let url, _) = request.source { try log.addSecrets(URLLogin.secrets(in: url)) }
      return log
    } catch {
      throw KeeperError(.output, "the build's log could not be opened: \(error)", underlying: error)
    }
  }

  /// Ends the build by its teardown steps; a second call kills every process of it at once.
  public func stop() {
    let hard = state.withLock { $0.ending != nil }
    end(hard ? .kill : .stop)
  }

  private func carryOut(_ log: SharedLog, _ journal: UploadJournal?) async -> BuildResult {
    do {
      let supervisor = try await WorkerSupervisor.start(
        request, program: environment.worker, room: environment.room, log: log, secrets: environment.secrets,
        decisions: decisions
      ) { try ArtifactDelivery.note($0, in: journal) }
      let pending = state.withLock { state in
        state.supervisor = supervisor
        return state.ending
      }
      if let pending { supervisor.end(pending) }
      let clock = timer()
      defer { clock.cancel() }
      switch try await supervisor.run() {
      case .finished(let result): return result
      case .died(let sentence):
        log.emit(.message(.error, sentence))
        try await runBlocking { [output] in UnfinishedFiles.remove(in: output.path) }
        return supervisor.fault(sentence)
      case .batch(let plan):
        let batch = BatchKeeper(plan, of: request, in: environment, log: log)
        let ending = state.withLock { state in
          state.supervisor = nil
          state.batch = batch
          return state.ending
        }
        if let ending { batch.end(ending) }
        return await batch.run()
      }
    } catch {
      log.emit(.message(.error, "\(error)"))
      return ResultTracker(request: request).fault("\(error)")
    }
  }

  private var decisions: DecisionDesk {
    DecisionDesk(
      outputDirectory: output.path, plugins: request.settings.plugins, environment: environment.variables,
      asksTerminal: environment.display == .people)
  }

  /// Ends the build when its time is up.
  private func timer() -> Task<Void, any Error> {
    let limit = Duration.seconds(request.settings.agent.timeoutSeconds)
    return Task {
      try await Task.sleep(for: limit)
      end(.timeOut)
    }
  }

  /// Passes an ending on and makes sure that it comes to pass, even if the worker does not listen.
  func end(_ ending: WorkerSupervisor.Ending) {
    let (supervisor, batch, storing, isNew) = state.withLock { state in
      let isNew = state.ending.map { $0 < ending } ?? true
      if isNew { state.ending = ending }
      return (state.supervisor, state.batch, state.storing, isNew)
    }
    guard isNew else { return }
    if let storing {
      storing.recovery.cancel()
      storing.delivery.cancel()
      if ending == .kill { storing.abandon() }
      return
    }
    batch?.end(ending)
    guard let supervisor else { return }
    supervisor.end(ending)
    let grace = request.settings.agent.graceSeconds
    Task {
      try await Task.sleep(for: ending == .kill ? Self.patience : .seconds(grace) + Self.patience)
      if ending == .kill { supervisor.killWorker() } else { end(.kill) }
    }
  }

  /// What a worker may need beyond the grace of its commands to write things down and clean up.
  private static let patience = Duration.seconds(30)
}
