import Foundation
public import JourneymanBuildModel
public import JourneymanSupport

/// Everything said in one build, masked, numbered, timed and handed to every sink. Used by one thread: the keeper's.
///
/// The thread reads the build's output pipe and gives what it reads to ``output(_:)``; it polls for at most
/// ``pollTimeout`` milliseconds and calls ``tick()`` when nothing came. Output becomes an event of its own each 100 ms
/// or 32 KiB, and before any other event. The process ignores `SIGPIPE` from here on, because a closed terminal or pipe
/// must not end a build; whoever starts programs restores it for them.
public final class BuildLog {
  /// Output is masked and passed on in slices of this many bytes, cut behind a line where possible.
  private static let sliceLength = 64 << 10
  /// Output of this many bytes becomes an event at once.
  private static let segmentLength = 32 << 10
  /// Output becomes an event when its first byte is this many microseconds old.
  private static let segmentAge: Int64 = 100_000

  private let masker = SecretMasker()
  private let file: LogFileSink?
  private var sinks: [any BuildLogSink]
  private let now: () -> Timestamp
  private var failures: [String] = []
  private var sequence = 0
  private var segment: OutputSegment?
  private let wantsText: Bool

  /// A log that hands everything to these sinks.
  ///
  /// - Parameters:
  ///   - file: the sink in which output events give offsets; written before all others.
  ///   - now: the clock.
  public init(file: LogFileSink?, sinks: [any BuildLogSink], now: @escaping () -> Timestamp = Timestamp.now) {
    self.file = file
    self.sinks = (file.map { [$0] } ?? []) + sinks
    self.now = now
    wantsText = sinks.contains { $0.wantsText }
    signal(SIGPIPE, SIG_IGN)
  }

  /// Masks these values in everything that comes from now on, including a beginning that is held back.
  ///
  /// - Throws: ``SystemError`` (`E2BIG`) when the values are too long together: the build must not get them.
  public func addSecrets(_ secrets: [Secret]) throws(SystemError) {
    let tooShort = try masker.add(secrets)
    if tooShort > 0 {
      let count = tooShort == 1 ? "A secret has" : "\(tooShort) secrets have"
      emit(
        .message(
          .warning, "\(count) fewer than \(SecretMasker.shortestSecret) bytes and cannot be masked in the log."))
    }
  }

  /// Masks an event, gives it its number and time and hands it on. Output that came before it comes first.
  ///
  /// Output events are made by the log alone and ignored here: a worker cannot invent places in `log.txt`.
  public func emit(_ kind: BuildEvent.Kind) {
    if case .output = kind { return }
    if kind.separatesOutput {
      let time = now()
      masker.flush { pass($0, at: time) }
    }
    closeSegment(withIncompleteCharacter: true)
    deliver(kind.masked(by: masker))
    forEachSink { try $0.flush() }
    reportFailures()
  }

  /// Takes the next bytes the build wrote; they are valid during the call only.
  public func output(_ bytes: UnsafeRawBufferPointer) {
    let time = now()
    var rest = bytes
    while !rest.isEmpty {
      let slice = UnsafeRawBufferPointer(rebasing: rest[..<Self.sliceEnd(rest)])
      rest = UnsafeRawBufferPointer(rebasing: rest[slice.count...])
      masker.mask(slice) { pass($0, at: time) }
      if let segment, segment.length >= Self.segmentLength { closeSegment() }
    }
    forEachSink { try $0.settle() }
    if let segment, time.microseconds - segment.begun.microseconds >= Self.segmentAge { tick() }
    reportFailures()
  }

  /// How long to wait for output or events before ``tick()`` is due, in milliseconds for `poll`; -1 is for ever.
  public var pollTimeout: Int32 {
    let intervals = sinks.compactMap(\.tickInterval) + (segment == nil ? [] : [Int32(Self.segmentAge / 1000)])
    return intervals.min() ?? -1
  }

  /// Hands on what is due by time: the output so far as an event, and a live view's clock.
  public func tick() {
    closeSegment()
    forEachSink {
      try $0.tick()
      try $0.flush()
    }
    reportFailures()
  }

  /// The same result with every secret masked, for `result.json`.
  public func masked(_ result: BuildResult) -> BuildResult { result.masked(by: masker) }

  /// Hands on what is held back and ends every sink. Nothing comes after it.
  public func close() {
    let time = now()
    masker.flush { pass($0, at: time) }
    closeSegment(withIncompleteCharacter: true)
    forEachSink { try $0.flush() }
    reportFailures()
    while !sinks.isEmpty {
      let sink = sinks.removeFirst()
      do { try sink.close() } catch { failures.append("\(sink.name) is incomplete: \(error)") }
      reportFailures()
    }
  }

  private static func sliceEnd(_ bytes: UnsafeRawBufferPointer) -> Int {
    let longest = min(bytes.count, sliceLength)
    var end = longest
    while end > 0 && bytes[end - 1] != 10 { end -= 1 }
    return end == 0 ? longest : end
  }

  private func pass(_ bytes: UnsafeRawBufferPointer, at time: Timestamp) {
    if bytes.isEmpty { return }
    var current = segment ?? OutputSegment(begun: time, offset: file?.position ?? 0)
    segment = nil
    current.append(bytes, keepingText: wantsText)
    segment = current
    forEachSink { try $0.output(bytes, at: time) }
  }

  private func closeSegment(withIncompleteCharacter isComplete: Bool = false) {
    guard var closed = segment else { return }
    let text = wantsText ? closed.takeText(withIncompleteCharacter: isComplete || closed.isRemainder) : nil
    segment = nil
    let bytes = file.map { $0.position - closed.offset } ?? closed.length
    deliver(.output(text: text, offset: closed.offset, bytes: bytes))
    if !closed.text.isEmpty {
      segment = OutputSegment(begun: now(), offset: file?.position ?? 0, remainder: closed.text)
    }
  }

  private func deliver(_ kind: BuildEvent.Kind) {
    sequence += 1
    let event = BuildEvent(sequence: sequence, time: now(), kind: kind)
    forEachSink { try $0.event(event) }
  }

  /// A sink that fails is dropped; why is told to the others later, because this may run inside of the masker.
  private func forEachSink(_ body: (any BuildLogSink) throws -> Void) {
    for sink in sinks {
      do {
        try body(sink)
      } catch {
        sinks.removeAll { $0 === sink }
        failures.append("\(sink.name) is incomplete from here on: \(error)")
      }
    }
  }

  private func reportFailures() {
    while !failures.isEmpty {
      let text = failures.removeFirst()
      deliver(.message(.warning, masker.masked(text)))
      forEachSink { try $0.flush() }
    }
  }
}
