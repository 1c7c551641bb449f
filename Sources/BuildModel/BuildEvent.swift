public import JourneymanSupport

/// Something that happened in a build: one line of `events.jsonl` and of `run --json`.
///
/// Encoded as one flat object: `{"type":"phaseStarted","sequence":4,"time":"…","phase":"BUILD"}`.
public struct BuildEvent: Sendable, Hashable, Codable {
  /// Counts up from 1 without gaps, so that a reader can resume.
  public var sequence: Int
  /// When it happened.
  public var time: Timestamp
  /// What happened.
  public var kind: Kind

  /// An event in its place in the sequence.
  public init(sequence: Int, time: Timestamp, kind: Kind) {
    self.sequence = sequence
    self.time = time
    self.kind = kind
  }

  /// What happened.
  public enum Kind: Sendable, Hashable {
    /// The build has begun.
    case buildStarted(id: String, source: SourceRevision)
    /// The source has arrived: what exactly is built.
    case sourceResolved(SourceRevision)
    /// A phase has begun.
    case phaseStarted(BuildPhase)
    /// A command has begun; `text` as written in the buildspec.
    case commandStarted(BuildPhase, text: String)
    /// A command has ended; `exitCode` as a shell reports it.
    case commandFinished(BuildPhase, text: String, exitCode: Int32, durationSeconds: Double)
    /// A phase has ended.
    case phaseFinished(PhaseResult)
    /// The agent says something.
    case message(MessageLevel, String)
    /// Output of a command, masked. In `events.jsonl` the text is left out and `offset` and `bytes` say where it
    /// stands in `log.txt`.
    case output(text: String?, offset: Int, bytes: Int)
    /// Something takes a while: `done` of `total` (0 when unknown) in units of what the text says.
    case progress(String, done: Int64, total: Int64)
    /// An action has begun.
    case actionStarted(name: String, uses: String)
    /// An action has ended.
    case actionFinished(ActionResult)
    /// An artifact is complete.
    case artifact(ArtifactResult)
    /// A task of a batch has begun; `output` is its own output directory, relative to the batch's.
    case taskStarted(identifier: String, output: String)
    /// A task of a batch has ended or will never start.
    case taskFinished(BatchTaskResult)
    /// The build has ended.
    case buildFinished(BuildStatus, durationSeconds: Double)
  }

  /// How much a message matters.
  public enum MessageLevel: String, Sendable, Codable {
    /// What is going on.
    case info
    /// Something the author of the build should look at.
    case warning
    /// Why something failed.
    case error
  }
}
