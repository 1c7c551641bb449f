internal import JourneymanBuildModel
internal import JourneymanSupport

/// What events say in `log.txt`, in CodeBuild's words, so that tools which read such logs find what they look for.
enum LogWording {
  /// The lines of one event without their times; none for an event that only live views show.
  static func lines(for kind: BuildEvent.Kind) -> [String] {
    switch kind {
    case .buildStarted(let id, let source):
      agent("Build \(id) of \(source.url)" + (source.revision.map { " at \($0)" } ?? ""))
    case .sourceResolved(let source): source.revision.map { agent("Source is at \($0)") } ?? []
    case .phaseStarted(let phase): agent("Entering phase \(phase.rawValue)")
    case .commandStarted(_, let text): agent("Running command \(text)")
    case .commandFinished(_, _, 0, _): [""]
    case .commandFinished(_, let text, let exitCode, _):
      [""] + agent("Command did not exit successfully \(text) exit status \(exitCode)")
    case .phaseFinished(let result): phaseLines(result)
    case .message(_, let text): agent(text)
    case .output, .progress: []
    case .actionStarted(let name, let uses): agent("Entering action \(name) (\(uses))")
    case .actionFinished(let result):
      agent("Action complete: \(result.name) State: \(result.status.rawValue.uppercased())")
        + (result.message.isEmpty ? [] : agent("Action context message: \(result.message)"))
    case .artifact(let result) where result.store != nil: []
    case .artifact(let result):
      agent("Artifact \(result.identifier): \(result.file), \(result.bytes) bytes" + (result.sealed ? ", sealed" : ""))
    case .taskStarted(let identifier, let output): agent("Entering task \(identifier), log in \(output)/log.txt")
    case .taskFinished(let result):
      agent("Task complete: \(result.identifier) State: \(result.status?.rawValue ?? "not started")")
    case .buildFinished(let status, let durationSeconds):
      agent("Build complete: \(status.rawValue) after \(Duration.humanReadable(seconds: durationSeconds))")
    }
  }

  private static func phaseLines(_ result: PhaseResult) -> [String] {
    let contexts = result.context.isEmpty ? [PhaseContext(statusCode: "", message: "")] : result.context
    return agent("Phase complete: \(result.name.rawValue) State: \(result.status.rawValue)")
      + contexts.flatMap { agent("Phase context status code: \($0.statusCode) Message: \($0.message)") }
  }

  /// A text of the agent; only its first line is marked as such, as in CodeBuild's logs.
  private static func agent(_ text: String) -> [String] { ["[Container] " + text] }
}
