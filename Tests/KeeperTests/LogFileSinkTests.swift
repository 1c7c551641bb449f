import Foundation
import JourneymanBuildModel
import JourneymanKeeper
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct LogFileSinkTests {
  private let directory: LogDirectory
  private let time = Timestamp(microseconds: 1_795_219_764_123_999)
  private let stamp = "2026-11-21T00:09:24.123Z "

  init() throws { directory = try LogDirectory() }

  private func sink(limit: Int? = nil) throws -> LogFileSink {
    try LogFileSink(path: directory.path + "/log.txt", limit: limit)
  }

  private func give(_ text: String, to sink: LogFileSink, after seconds: Int64 = 0) throws {
    try Array(text.utf8).withUnsafeBytes {
      try sink.output($0, at: Timestamp(microseconds: time.microseconds + seconds * 1_000_000))
    }
  }

  private func event(_ kind: BuildEvent.Kind) -> BuildEvent { BuildEvent(sequence: 1, time: time, kind: kind) }

  @Test func stampsEachLineWithTheTimeOfItsFirstByte() throws {
    let sink = try sink()
    try give("one\ntw", to: sink)
    try give("o\n\nthree", to: sink, after: 1)
    try sink.close()
    let later = stamp.replacing(":24.", with: ":25.")
    #expect(try directory.read("log.txt") == "\(stamp)one\n\(stamp)two\n\(later)\n\(later)three\n")
    #expect(sink.position == (try directory.read("log.txt").utf8.count))
  }

  @Test func wordsEventsAsCodeBuildDoes() throws {
    let sink = try sink()
    let failed = PhaseResult(
      name: .build, status: .failed, startedAt: time, durationSeconds: 1,
      context: [
        PhaseContext(
          statusCode: "COMMAND_EXECUTION_ERROR",
          message: "Error while executing command: make. Reason: exit status 2")
      ])
    try sink.event(event(.phaseStarted(.build)))
    try sink.event(event(.commandStarted(.build, text: "make")))
    try give("make: *** No targets.", to: sink)
    try sink.event(event(.commandFinished(.build, text: "make", exitCode: 2, durationSeconds: 1)))
    try sink.event(event(.phaseFinished(failed)))
    try sink.event(
      event(
        .phaseFinished(
          PhaseResult(name: .install, status: .succeeded, startedAt: time, durationSeconds: 1, context: []))))
    try sink.event(event(.message(.warning, "Skipping invalid file path x")))
    try sink.event(event(.progress("fetching", done: 1, total: 2)))
    try sink.close()
    let lines = try directory.read("log.txt").split(separator: "\n").map { String($0) }
    #expect(lines.allSatisfy { $0.hasPrefix(stamp) })
    #expect(
      lines.map { String($0.dropFirst(stamp.count)) } == [
        "[Container] Entering phase BUILD", "[Container] Running command make", "make: *** No targets.", "",
        "[Container] Command did not exit successfully make exit status 2",
        "[Container] Phase complete: BUILD State: FAILED",
        "[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: "
          + "Error while executing command: make. Reason: exit status 2",
        "[Container] Phase complete: INSTALL State: SUCCEEDED", "[Container] Phase context status code:  Message: ",
        "[Container] Skipping invalid file path x",
      ])
  }

  @Test func stampsEachLineOfALongCommand() throws {
    let sink = try sink()
    try sink.event(event(.commandStarted(.build, text: "if x\nthen y\nfi")))
    try sink.close()
    #expect(
      try directory.read("log.txt") == "\(stamp)[Container] Running command if x\n\(stamp)then y\n\(stamp)fi\n")
  }

  @Test func keepsBytesAsTheyAre() throws {
    let sink = try sink()
    let bytes: [UInt8] = [0, 27, 91, 50, 74, 13, 255, 7]
    try bytes.withUnsafeBytes { try sink.output($0, at: time) }
    try give(String(repeating: "\r 50 %", count: 100_000), to: sink)
    try sink.close()
    let read = try FileSystem.read(directory.path + "/log.txt", limit: 1 << 20)
    #expect(read.count == stamp.utf8.count + bytes.count + 600_000 + 1)
    #expect(Array(read[stamp.utf8.count..<stamp.utf8.count + bytes.count]) == bytes)
  }

  @Test(arguments: [4096, 10_000, 100_000]) func cutsALogAtItsLimitAndKeepsBothEnds(limit: Int) throws {
    let sink = try sink(limit: limit)
    for line in 0..<20_000 { try give("line \(line)\n", to: sink) }
    try sink.event(event(.buildFinished(.succeeded, durationSeconds: 3)))
    try sink.close()
    let text = try directory.read("log.txt")
    let lines = text.split(separator: "\n")
    #expect(text.utf8.count <= limit && text.utf8.count > limit / 2)
    #expect(lines.first?.hasSuffix("line 0") == true)
    #expect(lines.contains { $0.contains("The log is cut here: it has reached its limit of \(limit) bytes.") })
    #expect(lines.contains { $0.contains("bytes are left out here.") })
    #expect(lines.dropLast().last?.hasSuffix("line 19999") == true)
    #expect(lines.last?.hasSuffix("[Container] Build complete: succeeded after 3.0s") == true)
    #expect(lines.allSatisfy { $0.hasPrefix("2026-11-21T00:09:24.123Z") })
  }

  @Test func cutsALineThatNeverEnds() throws {
    let sink = try sink(limit: 8192)
    for _ in 0..<100 { try give(String(repeating: "x", count: 1000), to: sink) }
    try sink.close()
    #expect(try directory.read("log.txt").utf8.count <= 8192)
    #expect(try directory.read("log.txt").contains("The log is cut here"))
  }
}
