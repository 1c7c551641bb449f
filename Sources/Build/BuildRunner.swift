import Foundation
import JourneymanActionHost
import JourneymanBuildModel
import JourneymanJob
import JourneymanSandbox
import JourneymanSupport
import Synchronization

/// Carries one build out: goes through the phases, reports each, and gives the result.
final class BuildRunner: Sendable {
  private let request: BuildRequest
  private let link: KeeperLink
  private let ending: BuildEnding
  private let output: OwnedDescriptor
  private let plugins: PluginRegistry
  private let room: CallerRoom?
  private let site = Mutex<BuildSite?>(nil)

  init(
    _ request: BuildRequest, link: KeeperLink, ending: BuildEnding, output: consuming OwnedDescriptor,
    plugins: PluginRegistry, room: CallerRoom?
  ) {
    self.plugins = plugins
    self.room = room
    self.request = request
    self.link = link
    self.ending = ending
    self.output = output
  }

  /// Kills every process of the build at once.
  func kill() async { await site.withLock { $0 }?.runner.end() }

  /// Goes through the phases.
  ///
  /// - Returns: the result, or the plan of a batch; the worker's last message in either case.
  func run() async -> WorkerMessage {
    let startedAt = Timestamp.now()
    var session = BuildSession(
      request: request, link: link, ending: ending, output: output.number, plugins: plugins, room: room,
      startedAt: startedAt)
    var result = BuildResult(
      id: request.id, status: .succeeded, startedAt: startedAt, finishedAt: startedAt, source: session.source)
    link.emit(.buildStarted(id: request.id, source: session.source))
    var next: BuildPhase? = .provisioning
    while let phase = next {
      let outcome = await perform(phase, in: &session)
      result.phases.append(outcome)
      if outcome.status != .succeeded { session.noteFailure() }
      let hasFailedAction = ending.reason == nil ? await session.runActions(after: phase) : false
      next = PhaseTransition.next(
        after: phase, status: hasFailedAction && outcome.status == .succeeded ? .failed : outcome.status,
        onFailure: session.plans[phase]?.transition ?? .standard)
      // What ends the whole build leaves nothing but the cleaning up.
      if ending.reason != nil && next != nil { next = .finalizing }
      if let plan = session.batch {
        await session.finalize()
        return .batch(plan)
      }
      if next == .finalizing { _ = await session.runRemainingActions() }
    }
    result.status = status(of: result.phases, session.actionResults)
    result.actions = session.actionResults
    result.source = session.source
    result.buildspec = session.buildspecRevision
    result.artifacts = session.artifacts
    result.reports = session.reports
    result.exportedVariables = session.exportedVariables
    result.finishedAt = .now()
    return .finished(result)
  }

  private func perform(_ phase: BuildPhase, in session: inout BuildSession) async -> PhaseResult {
    let startedAt = Timestamp.now()
    link.emit(.phaseStarted(phase))
    var outcome: PhaseRunner.Outcome
    do {
      outcome = try await session.carryOut(phase)
    } catch {
      outcome = PhaseFailure.outcome(of: error, ending: ending)
      link.emit(.message(.error, outcome.context.first?.message ?? "\(error)"))
    }
    site.withLock { $0 = session.site }
    let result = PhaseResult(
      name: phase, status: outcome.status, startedAt: startedAt,
      durationSeconds: Timestamp.now().seconds(since: startedAt), context: outcome.context)
    link.emit(.phaseFinished(result))
    return result
  }

  /// How the build ended, by its phases and actions: the gravest counts.
  private func status(of phases: [PhaseResult], _ actions: [ActionResult]) -> BuildStatus {
    let statuses = Set(phases.map(\.status))
    let hasFailedAction = actions.contains { $0.status == .failed }
    // An action that was running when the build was ended leaves no phase that says so.
    if statuses.contains(.stopped) || hasFailedAction && ending.reason == .stop { return .stopped }
    if statuses.contains(.timedOut) || hasFailedAction && ending.reason == .timeOut { return .timedOut }
    if statuses.contains(.fault) { return .fault }
    return statuses == [.succeeded] && !hasFailedAction ? .succeeded : .failed
  }
}
