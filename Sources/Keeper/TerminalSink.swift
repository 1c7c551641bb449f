import Foundation
public import JourneymanBuildModel
public import JourneymanSupport

/// What `journeyman run` shows to people.
///
/// Headings of phases in which something happens, commands, the build's output as it comes, how long each phase took,
/// and a summary. On a terminal there is a progress line below and the output goes through ``TerminalFilter``; into a
/// pipe or file output goes byte by byte. Quiet shows problems and the last line only.
public final class TerminalSink: BuildLogSink {
  /// What messages call it.
  public let name = "standard output"
  /// On a terminal the progress line changes every second.
  public var tickInterval: Int32? { style.isTerminal && !isQuiet && running != nil ? 1000 : nil }

  private let descriptor: Int32
  private let writer: BufferedWriter
  private let style: TerminalStyle
  private let isQuiet: Bool
  private let outputDirectory: String
  private let now: () -> Timestamp
  private var filter: TerminalFilter
  private var isAtLineStart = true
  private var hasProgressLine = false
  private var phase: BuildPhase?
  private var hasHeading = false
  private var running: (text: String, since: Timestamp)?
  private var tasks: [String] = []
  private var artifacts: [ArtifactResult] = []

  /// Shows a build on `descriptor`, which stays open as long as the sink is used.
  ///
  /// - Parameters:
  ///   - outputDirectory: where the log and the artifacts are, for the summary.
  ///   - isQuiet: whether only problems and the last line are shown.
  ///   - environment: the caller's variables, for `NO_COLOR` and `TERM`.
  public convenience init(
    descriptor: Int32, outputDirectory: String, isQuiet: Bool, environment: [String: String]
  ) {
    self.init(
      descriptor: descriptor, outputDirectory: outputDirectory, isQuiet: isQuiet,
      style: TerminalStyle(of: descriptor, environment: environment))
  }

  init(
    descriptor: Int32, outputDirectory: String, isQuiet: Bool, style: TerminalStyle,
    now: @escaping () -> Timestamp = Timestamp.now
  ) {
    self.descriptor = descriptor
    self.outputDirectory = outputDirectory
    self.isQuiet = isQuiet
    self.style = style
    self.now = now
    writer = BufferedWriter(descriptor, name: name, capacity: 64 << 10)
    filter = TerminalFilter(allowsColours: style.usesColours)
  }

  /// Shows output of the build.
  ///
  /// - Throws: ``SystemError``.
  public func output(_ bytes: UnsafeRawBufferPointer, at time: Timestamp) throws {
    if isQuiet || bytes.isEmpty { return }
    try showHeading()
    try eraseProgressLine()
    if style.isTerminal {
      let shown = filter.filter(bytes)
      if let last = shown.last { isAtLineStart = last == 10 }
      try writer.append(shown)
    } else {
      isAtLineStart = bytes.last == 10
      try writer.append(bytes)
    }
  }

  /// Shows what output has come.
  ///
  /// - Throws: ``SystemError``.
  public func settle() throws {
    try drawProgressLine()
    try flush()
  }

  /// Shows how long what is going on has taken.
  ///
  /// - Throws: ``SystemError``.
  public func tick() throws { try drawProgressLine() }

  /// Writes what is buffered.
  ///
  /// - Throws: ``SystemError``.
  public func flush() throws { try writer.flush() }

  /// Leaves the terminal with an empty line and its usual colours.
  ///
  /// - Throws: ``SystemError``.
  public func close() throws {
    running = nil
    try eraseProgressLine()
    try endLine()
    try flush()
  }

  /// Shows an event.
  ///
  /// - Throws: ``SystemError``.
  public func event(_ event: BuildEvent) throws {
    switch event.kind {
    case .buildStarted(let id, let source):
      try say("Building \(source.url)" + (source.revision.map { " at \($0)" } ?? "") + " (\(id))", .heading)
    case .sourceResolved(let source):
      if let revision = source.revision { try say("Source is at \(revision)", nil) }
    case .phaseStarted(let started):
      (phase, hasHeading) = (started, false)
      running = (started.rawValue, event.time)
    case .commandStarted(let phase, let text):
      try showHeading()
      try say("$ " + text, .faint)
      running = ("\(phase.rawValue): \(text)", event.time)
    case .commandFinished(let phase, let text, let exitCode, let seconds):
      running = (phase.rawValue, event.time)
      if exitCode != 0 {
        let command = isQuiet ? ": \(text)" : ""
        try report(
          "Command failed with exit status \(exitCode) after \(Duration.humanReadable(seconds: seconds))\(command)",
          .bad)
      }
    case .phaseFinished(let result): try finish(result)
    case .message(.info, let text): try say(text, nil)
    case .message(.warning, let text): try report("warning: " + text, .warning)
    case .message(.error, let text): try report("error: " + text, .bad)
    case .output: return
    case .progress(let text, let done, let total):
      running = (text + (total > 0 ? " \(done) of \(total)" : done > 0 ? " \(done)" : ""), event.time)
    case .actionStarted(let name, let uses):
      try say("==> Action \(name) (\(uses))", .heading)
      running = ("Action \(name)", event.time)
    case .actionFinished(let result): try finish(result)
    // Where copies for stores are is said when they are there.
    case .artifact(let result): if result.store == nil { artifacts.append(result) }
    case .taskStarted(let identifier, _):
      tasks.append(identifier)
      try say("Task \(identifier) started", nil)
      showTasks(since: event.time)
    case .taskFinished(let result):
      tasks.removeAll { $0 == result.identifier }
      try finish(result)
      showTasks(since: event.time)
    case .buildFinished(let status, let seconds):
      running = nil
      try summarize(status, seconds)
    }
    try drawProgressLine()
  }

  // MARK: Parts

  private func finish(_ result: PhaseResult) throws {
    (running, phase) = (nil, nil)
    let sentence =
      "\(result.name.rawValue) \(result.status.words) after \(Duration.humanReadable(seconds: result.durationSeconds))"
    if result.status == .succeeded {
      if hasHeading { try say("    " + sentence, .good) }
    } else {
      try report(sentence, .bad)
    }
    for context in result.context where !context.statusCode.isEmpty || !context.message.isEmpty {
      try report("    \(context.statusCode): \(context.message)", .bad)
    }
  }

  private func finish(_ result: ActionResult) throws {
    running = nil
    let sentence = "Action \(result.name) \(result.status.rawValue)" + (result.message.isEmpty ? "" : ": ")
    if result.status == .failed {
      try report(sentence + result.message, .bad)
    } else {
      try say("    " + sentence + result.message, result.status == .skipped ? .faint : .good)
    }
  }

  private func finish(_ result: BatchTaskResult) throws {
    let sentence = "Task \(result.identifier) \(result.status?.words ?? "was not started")"
    if result.status == .succeeded {
      try say(sentence, .good)
    } else {
      try report(sentence + (result.ignoreFailure ? " (ignored)" : ""), result.ignoreFailure ? .warning : .bad)
    }
  }

  private func showTasks(since time: Timestamp) {
    running = tasks.isEmpty ? nil : ("Tasks " + tasks.joined(separator: ", "), time)
  }

  private func summarize(_ status: BuildStatus, _ seconds: Double) throws {
    for artifact in artifacts {
      let seal = artifact.sealed ? ", sealed" : ""
      try say("Artifact \(artifact.identifier): \(artifact.file) (\(artifact.bytes) bytes\(seal))", nil)
    }
    let sentence =
      "Build \(status.words) after \(Duration.humanReadable(seconds: seconds)); everything is in \(outputDirectory)"
    try write(sentence, status == .succeeded ? .good : .bad)
  }

  private func showHeading() throws {
    guard let phase, !hasHeading, !isQuiet else { return }
    hasHeading = true
    try say("==> " + phase.rawValue, .heading)
  }

  private func say(_ text: String, _ emphasis: TerminalStyle.Emphasis?) throws {
    if !isQuiet { try write(text, emphasis) }
  }

  private func report(_ text: String, _ emphasis: TerminalStyle.Emphasis) throws { try write(text, emphasis) }

  /// A line of the agent, without any control character: its text may be the build's.
  private func write(_ text: String, _ emphasis: TerminalStyle.Emphasis?) throws {
    try eraseProgressLine()
    try endLine()
    let clean = Self.withoutControls(text, but: "\n\t")
    try writer.append((emphasis.map { style.styled(clean, $0) } ?? clean) + "\n")
  }

  private func endLine() throws {
    if isAtLineStart { return }
    try writer.append(style.usesColours ? "\u{1B}[0m\n" : "\n")
    isAtLineStart = true
    filter = TerminalFilter(allowsColours: style.usesColours)
  }

  private static func withoutControls(_ text: String, but kept: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { $0.properties.generalCategory != .control || kept.unicodeScalars.contains($0) }))
  }

  // MARK: Progress line

  private func drawProgressLine() throws {
    guard style.isTerminal, !isQuiet, isAtLineStart, let running else { return }
    let line = Self.withoutControls(running.text.prefix { $0 != "\n" }.description, but: "")
    let time = Duration.humanReadable(seconds: now().seconds(since: running.since).rounded(.down))
    let text = "\(time)  \(line)".prefix(TerminalStyle.columns(of: descriptor) - 1)
    try writer.append("\r\u{1B}[K" + style.styled(String(text), .faint))
    hasProgressLine = true
  }

  private func eraseProgressLine() throws {
    if !hasProgressLine { return }
    hasProgressLine = false
    try writer.append("\r\u{1B}[K")
  }
}

extension PhaseStatus {
  fileprivate var words: String {
    switch self {
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .fault: "ended by a fault"
    case .timedOut: "timed out"
    case .stopped: "was stopped"
    }
  }
}

extension BuildStatus {
  fileprivate var words: String {
    switch self {
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .fault: "ended by a fault"
    case .timedOut: "timed out"
    case .stopped: "was stopped"
    }
  }
}
