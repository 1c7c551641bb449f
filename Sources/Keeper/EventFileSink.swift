import Foundation
public import JourneymanBuildModel
public import JourneymanSupport

/// `events.jsonl`: one event per line; output as its place in `log.txt`. Written at every event that is not output, so
/// that a crash loses nothing.
public final class EventFileSink: BuildLogSink {
  /// The limit the file has when nobody says otherwise: 64 MiB, some 500,000 events.
  public static let defaultLimit = 64 << 20
  /// The room beyond the limit that is left for the ends of phases, actions and the build.
  private static let reserve = 1 << 20

  /// What messages call the file.
  public let name = "events.jsonl"
  private let file: OwnedDescriptor
  private let writer: BufferedWriter
  private let limit: Int?
  private let encoder = JSONLineEncoder()
  private var count = 0

  /// Makes the file anew.
  ///
  /// - Parameter limit: bytes after which only results are written, and nothing 1 MiB later; readers see it by the gap
  ///   in the sequence numbers. `nil` lifts the bound.
  /// - Throws: ``SystemError``.
  public init(path: String, limit: Int? = defaultLimit) throws(SystemError) {
    file = try FileSystem.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
    writer = BufferedWriter(file.number, name: path, capacity: 64 << 10)
    self.limit = limit
  }

  /// Writes one line.
  ///
  /// - Throws: ``SystemError`` or `EncodingError`.
  public func event(_ event: BuildEvent) throws {
    var event = event
    if case .output(_, let offset, let bytes) = event.kind {
      event.kind = .output(text: nil, offset: offset, bytes: bytes)
    }
    let line = try encoder.line(for: event)
    if let limit, count + line.count > limit + (event.kind.isResult ? Self.reserve : 0) { return }
    try writer.append(line)
    count += line.count
  }

  /// Writes what is buffered.
  ///
  /// - Throws: ``SystemError``.
  public func flush() throws { try writer.flush() }

  /// Writes what is buffered.
  ///
  /// - Throws: ``SystemError``.
  public func close() throws { try flush() }
}

extension BuildEvent.Kind {
  fileprivate var isResult: Bool {
    switch self {
    case .phaseFinished, .actionFinished, .artifact, .taskFinished, .buildFinished: true
    default: false
    }
  }
}
