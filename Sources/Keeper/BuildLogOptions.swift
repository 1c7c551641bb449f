import Foundation
public import JourneymanSupport

/// What the log of one build consists of, apart from the build: made on any thread, opened on the keeper's.
public struct BuildLogOptions: Sendable {
  /// What standard output shows.
  public enum Display: Sendable, Equatable {
    /// A report for people.
    case people
    /// Problems and the last line.
    case quiet
    /// One event per line.
    case json
    /// Nothing: a task of a batch, or a build for a controller.
    case nothing
  }

  /// The directory that gets `log.txt` and `events.jsonl`; it exists.
  public var outputDirectory: String
  /// Where people find them, if that is another place.
  public var shownDirectory: String?
  /// What standard output shows.
  public var display = Display.people
  /// The descriptor that stands for standard output; stays open as long as the log.
  public var standardOutput: Int32 = STDOUT_FILENO
  /// The most bytes of `log.txt`; `nil` lifts the bound.
  public var limit: Int? = LogFileSink.defaultLimit
  /// The caller's variables, for `NO_COLOR` and `TERM`.
  public var environment: [String: String] = [:]

  /// A log for people, of the usual bounds.
  public init(outputDirectory: String) { self.outputDirectory = outputDirectory }
}

extension BuildLog {
  /// Opens the files of a build's log.
  ///
  /// - Throws: ``SystemError`` when a file cannot be made.
  public convenience init(_ options: BuildLogOptions) throws(SystemError) {
    let file = try LogFileSink(path: options.outputDirectory + "/log.txt", limit: options.limit)
    var sinks: [any BuildLogSink] = [try EventFileSink(path: options.outputDirectory + "/events.jsonl")]
    switch options.display {
    case .people, .quiet:
      sinks.append(
        TerminalSink(
          descriptor: options.standardOutput, outputDirectory: options.shownDirectory ?? options.outputDirectory,
          isQuiet: options.display == .quiet, environment: options.environment))
    case .json: sinks.append(JSONSink(descriptor: options.standardOutput))
    case .nothing: break
    }
    self.init(file: file, sinks: sinks)
  }
}
