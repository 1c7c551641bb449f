import Foundation
import JourneymanBuildModel
import JourneymanSupport
import Synchronization

/// Runs the tasks of a batch, each as a build of its own with its own worker, log and result, and makes one result of
/// them.
final class BatchKeeper: Sendable {
  private struct State {
    var ending: WorkerSupervisor.Ending?
    var running: [String: BuildKeeper] = [:]
  }

  private let plan: BatchPlan
  private let request: BuildRequest
  private let environment: BuildKeeper.Environment
  private let log: SharedLog
  private let state = Mutex(State())

  init(_ plan: BatchPlan, of request: BuildRequest, in environment: BuildKeeper.Environment, log: SharedLog) {
    self.plan = plan
    self.request = request
    self.environment = environment
    self.log = log
  }

  /// Ends every task that runs; none is started any more.
  func end(_ ending: WorkerSupervisor.Ending) {
    let running = state.withLock { state in
      state.ending = max(state.ending ?? ending, ending)
      return Array(state.running.values)
    }
    for keeper in running { keeper.end(ending) }
  }

  /// Runs the tasks, as many at once as there are executors, each behind those it depends on.
  func run() async -> BuildResult {
    var schedule = BatchSchedule(plan)
    await withTaskGroup(of: (String, BuildStatus).self) { group in
      var running = 0
      while true {
        while running < max(1, environment.executors), state.withLock({ $0.ending == nil }),
          let task = schedule.startNext()
        {
          running += 1
          group.addTask { [self] in (task.identifier, await run(task)) }
        }
        guard let (identifier, status) = await group.next() else { break }
        running -= 1
        for task in schedule.finish(identifier, status) { log.emit(.taskFinished(task)) }
        if plan.failFast, schedule.hasFailed { end(.stop) }
      }
    }
    for task in schedule.abandonRest() { log.emit(.taskFinished(task)) }
    return combined(schedule)
  }

  private func run(_ task: BatchPlan.Task) async -> BuildStatus {
    var own = request
    own.id = request.id + "-" + task.identifier
    own.batchTask = task.identifier
    own.buildspec = task.buildspec ?? request.buildspec
    own.environment = task.variables.merging(request.environment) { $1 }
    own.stateDirectory = request.stateDirectory + "/tasks/" + task.identifier
    own.outputDirectory = request.outputDirectory + "/" + BatchSchedule.output(of: task.identifier)
    let keeper = BuildKeeper(own, in: environment.silent)
    let ending = state.withLock { state in
      state.running[task.identifier] = keeper
      return state.ending
    }
    if let ending { keeper.end(ending) }
    log.emit(.taskStarted(identifier: task.identifier, output: BatchSchedule.output(of: task.identifier)))
    defer { state.withLock { state in state.running[task.identifier] = nil } }
    do {
      return try await keeper.run().status
    } catch {
      log.emit(.message(.error, "task \(task.identifier): \(error)"))
      return .fault
    }
  }

  private func combined(_ schedule: BatchSchedule) -> BuildResult {
    let now = Timestamp.now()
    var result = BuildResult(
      id: request.id, status: schedule.status, startedAt: now, finishedAt: now, source: request.sourceAsAsked)
    switch state.withLock({ $0.ending }) {
    case .stop where !(plan.failFast && schedule.hasFailed), .kill: result.status = .stopped
    case .timeOut: result.status = .timedOut
    default: break
    }
    result.batch = schedule.results
    return result
  }
}
