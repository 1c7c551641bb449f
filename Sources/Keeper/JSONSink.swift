public import JourneymanBuildModel
internal import JourneymanSupport

/// What `run --json` prints: every event on one line, output with its text. Bytes that are no UTF-8 come as U+FFFD.
public final class JSONSink: BuildLogSink {
  /// What messages call it.
  public let name = "standard output"
  /// Output events carry their text.
  public let wantsText = true
  private let writer: BufferedWriter
  private let encoder = JSONLineEncoder()

  /// Prints to `descriptor`, which stays open as long as the sink is used.
  public init(descriptor: Int32) { writer = BufferedWriter(descriptor, name: name, capacity: 64 << 10) }

  /// Writes one line.
  ///
  /// - Throws: ``SystemError`` or `EncodingError`.
  public func event(_ event: BuildEvent) throws { try writer.append(encoder.line(for: event)) }

  /// Writes what is buffered.
  ///
  /// - Throws: ``SystemError``.
  public func flush() throws { try writer.flush() }

  /// Writes what is buffered.
  ///
  /// - Throws: ``SystemError``.
  public func close() throws { try flush() }
}
