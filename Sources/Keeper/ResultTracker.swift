import JourneymanBuildModel
import JourneymanSupport

/// Follows a build's events, so that the keeper can give a complete result when the worker dies without one.
struct ResultTracker {
  private var result: BuildResult
  private var open: (phase: BuildPhase, since: Timestamp)?

  /// Begins with nothing but what was asked for.
  init(request: BuildRequest) {
    let now = Timestamp.now()
    result = BuildResult(
      id: request.id, status: .fault, startedAt: now, finishedAt: now, source: request.sourceAsAsked)
  }

  /// Takes an event in.
  mutating func note(_ kind: BuildEvent.Kind) {
    switch kind {
    case .buildStarted(_, let source), .sourceResolved(let source): result.source = source
    case .phaseStarted(let phase): open = (phase, .now())
    case .phaseFinished(let phase):
      result.phases.append(phase)
      open = nil
    case .actionFinished(let action): result.actions.append(action)
    case .artifact(let artifact): result.artifacts.append(artifact)
    default: break
    }
  }

  /// The result of a build whose worker is gone: what was reached, the open phase as a fault.
  ///
  /// - Parameter reason: what happened to the worker, for people.
  func fault(_ reason: String) -> BuildResult {
    var fault = result
    fault.finishedAt = .now()
    let context = [PhaseContext(statusCode: "AGENT_FAULT", message: reason)]
    let phase = open ?? (.provisioning, result.startedAt)
    if open != nil || result.phases.isEmpty {
      fault.phases.append(
        PhaseResult(
          name: phase.phase, status: .fault, startedAt: phase.since,
          durationSeconds: fault.finishedAt.seconds(since: phase.since), context: context))
    } else if let last = fault.phases.indices.last {
      fault.phases[last].context += context
    }
    return fault
  }
}
