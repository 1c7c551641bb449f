internal import JourneymanBuildModel
internal import JourneymanSupport

extension BuildEvent.Kind {
  /// The same event with every text masked that came from the build or from outside.
  func masked(by masker: SecretMasker) -> BuildEvent.Kind {
    switch self {
    case .buildStarted(let id, let source): .buildStarted(id: id, source: source.masked(by: masker))
    case .sourceResolved(let source): .sourceResolved(source.masked(by: masker))
    case .commandStarted(let phase, let text): .commandStarted(phase, text: masker.masked(text))
    case .commandFinished(let phase, let text, let exitCode, let durationSeconds):
      .commandFinished(phase, text: masker.masked(text), exitCode: exitCode, durationSeconds: durationSeconds)
    case .phaseFinished(let result): .phaseFinished(result.masked(by: masker))
    case .message(let level, let text): .message(level, masker.masked(text))
    case .output(let text, let offset, let bytes):
      .output(text: text.map(masker.masked), offset: offset, bytes: bytes)
    case .progress(let text, let done, let total): .progress(masker.masked(text), done: done, total: total)
    case .actionStarted(let name, let uses):
      .actionStarted(name: masker.masked(name), uses: masker.masked(uses))
    case .actionFinished(let result): .actionFinished(result.masked(by: masker))
    case .artifact(let result): .artifact(result.masked(by: masker))
    case .phaseStarted, .taskStarted, .taskFinished, .buildFinished: self
    }
  }

  /// Whether output before and behind this event cannot belong together: bytes that were held back are due.
  var separatesOutput: Bool {
    switch self {
    case .buildStarted, .sourceResolved, .output, .message, .progress, .artifact, .taskStarted, .taskFinished: false
    case .phaseStarted, .phaseFinished, .commandStarted, .commandFinished, .actionStarted, .actionFinished,
      .buildFinished:
      true
    }
  }
}
