public import JourneymanBuildModel
public import JourneymanSupport

/// Where a build's log goes: a file, a terminal, a controller. Everything arrives masked, in order, on one thread.
///
/// A sink that throws is not used again; the build and the other sinks go on, and the log says so once.
public protocol BuildLogSink: AnyObject {
  /// What a message about a failing sink calls it, such as `log.txt`.
  var name: String { get }

  /// Whether output events carry the output's text for this sink.
  var wantsText: Bool { get }

  /// When ``tick()`` is wanted next, in milliseconds; `nil` when nothing changes by time alone.
  var tickInterval: Int32? { get }

  /// Takes the next output of the build; bytes as the build wrote them but for masked secrets, valid during the call
  /// only. Lines and characters may be cut anywhere.
  ///
  /// - Throws: what writing throws.
  func output(_ bytes: UnsafeRawBufferPointer, at time: Timestamp) throws

  /// Takes the next event. Output events come behind the output they describe.
  ///
  /// - Throws: what writing throws.
  func event(_ event: BuildEvent) throws

  /// All output that has arrived so far was given: a live view shows it now.
  ///
  /// - Throws: what writing throws.
  func settle() throws

  /// Time has passed: a live view may show how long something takes.
  ///
  /// - Throws: what writing throws.
  func tick() throws

  /// Writes what is buffered, so that a crash loses nothing of it.
  ///
  /// - Throws: what writing throws.
  func flush() throws

  /// The log ends; the sink is not used again.
  ///
  /// - Throws: what writing throws.
  func close() throws
}

extension BuildLogSink {
  /// No text.
  public var wantsText: Bool { false }
  /// Nothing changes by time.
  public var tickInterval: Int32? { nil }
  /// Nothing to take from raw output.
  public func output(_ bytes: UnsafeRawBufferPointer, at time: Timestamp) {}
  /// Nothing to show.
  public func settle() {}
  /// Nothing to show.
  public func tick() {}
}
