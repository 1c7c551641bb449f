import Foundation
import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSupport
import Synchronization

/// Carries one build out: goes through the phases, reports each, and gives the result.
final class BuildRunner: Sendable {
  private let request: BuildRequest
  private let link: KeeperLink
  private let ending: BuildEnding
  private let output: OwnedDescriptor
  private let site = Mutex<BuildSite?>(nil)

  init(_ request: BuildRequest, link: KeeperLink, ending: BuildEnding, output: consuming OwnedDescriptor) {
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
      request: request, link: link, ending: ending, output: output.number, startedAt: startedAt)
    var result = BuildResult(
      id: request.id, status: .succeeded, startedAt: startedAt, finishedAt: startedAt, source: session.source)
    link.emit(.buildStarted(id: request.id, source: session.source))
    var next: BuildPhase? = .provisioning
    while let phase = next {
      let outcome = await perform(phase, in: &session)
      result.phases.append(outcome)
      next = PhaseTransition.next(
        after: phase, status: outcome.status, onFailure: session.plans[phase]?.transition ?? .standard)
      // What ends the whole build leaves nothing but the cleaning up.
      if ending.reason != nil && next != nil { next = .finalizing }
      if let plan = session.batch {
        await session.finalize()
        return .batch(plan)
      }
      if outcome.status != .succeeded { session.noteFailure() }
    }
    result.status = status(of: result.phases)
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

  /// How the build ended, by its phases: the gravest counts.
  private func status(of phases: [PhaseResult]) -> BuildStatus {
    let statuses = Set(phases.map(\.status))
    if statuses.contains(.stopped) { return .stopped }
    if statuses.contains(.timedOut) { return .timedOut }
    if statuses.contains(.fault) { return .fault }
    return statuses == [.succeeded] ? .succeeded : .failed
  }
}
