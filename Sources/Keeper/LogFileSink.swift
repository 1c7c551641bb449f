import Foundation
public import JourneymanBuildModel
public import JourneymanSupport

/// `log.txt`: each line behind the time at which its first byte arrived, agent lines as CodeBuild words them.
///
/// Output stands there byte by byte as the build wrote it, control characters and all: a lone carriage return does not
/// begin a new line, and lines have no limit of their length. A log that reaches its limit is cut there with a marker;
/// the last part of what followed is kept in memory and written behind the marker when the log is closed.
public final class LogFileSink: BuildLogSink {
  /// The limit a log has when nobody says otherwise: 256 MiB.
  public static let defaultLimit = 256 << 20
  /// How much of the end of a log that was cut is kept, if that is less than a quarter of the limit.
  private static let longestTail = 1 << 20
  /// Room for the two markers of a log that was cut.
  private static let markerRoom = 512

  /// What messages call the file.
  public let name = "log.txt"
  /// The length of the file once everything is written.
  public private(set) var position = 0

  private let file: OwnedDescriptor
  private let writer: BufferedWriter
  private let limit: Int?
  private let headLimit: Int
  private var tail: TailBuffer?
  private var stamp = LineStamp()
  private var isAtLineStart = true

  /// Makes the file anew.
  ///
  /// - Parameter limit: the most bytes the file may have, at least 4096; `nil` lifts the bound.
  /// - Throws: ``SystemError``.
  public init(path: String, limit: Int? = defaultLimit) throws(SystemError) {
    file = try FileSystem.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
    writer = BufferedWriter(file.number, name: path)
    self.limit = limit.map { max(4096, $0) }
    headLimit = self.limit.map { $0 - Self.tailLength(for: $0) - Self.markerRoom } ?? .max
  }

  /// Writes output behind the time of each line.
  ///
  /// - Throws: ``SystemError``.
  public func output(_ bytes: UnsafeRawBufferPointer, at time: Timestamp) throws {
    stamp.update(to: time)
    try writeLines(bytes)
  }

  /// Writes the lines an event has in the log.
  ///
  /// - Throws: ``SystemError``.
  public func event(_ event: BuildEvent) throws {
    let lines = LogWording.lines(for: event.kind)
    if lines.isEmpty { return }
    stamp.update(to: event.time)
    if !isAtLineStart { try writeLines([10]) }
    for line in lines { try writeLines(Array(line.utf8) + [10]) }
  }

  /// Writes what is buffered.
  ///
  /// - Throws: ``SystemError``.
  public func flush() throws { try writer.flush() }

  /// Writes the end of a log that was cut, and everything buffered.
  ///
  /// - Throws: ``SystemError``.
  public func close() throws {
    if !isAtLineStart { try writeLines([10]) }
    if let tail {
      self.tail = nil
      let kept = tail.lines
      try append(stamp.bytes + Array("[Container] \(tail.total - kept.count) bytes are left out here.\n".utf8))
      try append(kept)
    }
    try flush()
  }

  private static func tailLength(for limit: Int) -> Int { min(longestTail, limit / 4) }

  private func writeLines(_ bytes: [UInt8]) throws(SystemError) {
    let result = bytes.withUnsafeBytes { buffer in Result { () throws(SystemError) in try writeLines(buffer) } }
    try result.get()
  }

  private func writeLines(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    let result = stamp.bytes.withUnsafeBytes { stamp in
      Result { () throws(SystemError) in try writeLines(bytes, behind: stamp) }
    }
    try result.get()
  }

  private func writeLines(
    _ bytes: UnsafeRawBufferPointer, behind stamp: UnsafeRawBufferPointer
  ) throws(SystemError) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      if position >= headLimit && tail == nil { try cut() }
      if isAtLineStart { try append(stamp) }
      let newline = memchr(base, 10, rest.count)
      var count = newline.map { base.distance(to: UnsafeRawPointer($0)) + 1 } ?? rest.count
      if tail == nil { count = min(count, max(1, headLimit - position)) }
      let line = UnsafeRawBufferPointer(rebasing: rest[..<count])
      isAtLineStart = line[count - 1] == 10
      try append(line)
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private func cut() throws(SystemError) {
    let kept = Self.tailLength(for: limit ?? 0)
    let end = isAtLineStart ? [] : [UInt8(10)]
    let marker =
      "[Container] The log is cut here: it has reached its limit of \(limit ?? 0) bytes. At most the last \(kept) bytes "
      + "of what follows are kept.\n"
    try append(end + stamp.bytes + Array(marker.utf8))
    isAtLineStart = true
    tail = TailBuffer(capacity: kept)
  }

  private func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    if tail != nil {
      tail?.append(bytes)
    } else {
      try writer.append(bytes)
      position += bytes.count
    }
  }

  private func append(_ bytes: [UInt8]) throws(SystemError) {
    let result = bytes.withUnsafeBytes { buffer in Result { () throws(SystemError) in try append(buffer) } }
    try result.get()
  }
}
