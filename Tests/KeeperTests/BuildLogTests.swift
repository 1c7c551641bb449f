import Foundation
import JourneymanBuildModel
import JourneymanKeeper
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct BuildLogTests {
  /// A clock that stands still unless it is moved.
  private final class Clock {
    var time = Timestamp(microseconds: 1_795_219_764_123_000)
    func advance(_ milliseconds: Int64) { time = Timestamp(microseconds: time.microseconds + milliseconds * 1000) }
  }

  private let clock = Clock()
  private let sink = RecordingSink()

  private func makeLog(_ more: [any BuildLogSink] = []) -> BuildLog {
    BuildLog(file: nil, sinks: [sink] + more, now: { [clock] in clock.time })
  }

  private var texts: [String] {
    sink.events.compactMap { if case .output(let text, _, _) = $0.kind { text } else { nil } }
  }

  @Test func numbersEventsWithoutGapsAndKeepsTheirOrder() {
    let log = makeLog()
    log.emit(.phaseStarted(.build))
    log.output("one\ntwo\n")
    log.emit(.commandFinished(.build, text: "make", exitCode: 0, durationSeconds: 1))
    log.output("three")
    log.close()
    #expect(sink.events.map(\.sequence) == [1, 2, 3, 4])
    #expect(texts == ["one\ntwo\n", "three"])
    #expect(sink.events[2].kind == .commandFinished(.build, text: "make", exitCode: 0, durationSeconds: 1))
  }

  @Test func masksOutputAndEveryTextOfEvents() throws {
    let log = makeLog()
    try log.addSecrets([Secret("hunter2!")])
    log.output("a hunt")
    log.emit(.message(.info, "in between hunter2!"))
    log.output("er2! b")
    log.emit(.commandStarted(.build, text: "echo hunter2!"))
    log.emit(
      .actionFinished(ActionResult(name: "x", uses: "y", status: .failed, message: "", outputs: ["k": "hunter2!"])))
    log.emit(
      .phaseFinished(
        PhaseResult(
          name: .build, status: .failed, startedAt: clock.time, durationSeconds: 1,
          context: [PhaseContext(statusCode: "E", message: "hunter2! failed")])))
    log.close()
    #expect(sink.text == "a *** b")
    #expect(!"\(sink.events)".contains("hunter2!"))
    #expect("\(sink.events)".contains("*** failed"))
  }

  @Test func passesOnABeginningOfASecretWhenTheCommandEnds() throws {
    let log = makeLog()
    try log.addSecrets([Secret("hunter2!")])
    log.output("dear hunt")
    log.emit(.commandFinished(.build, text: "x", exitCode: 0, durationSeconds: 0))
    #expect(sink.text == "dear hunt")
    #expect(texts == ["dear hunt"])
  }

  @Test func warnsOfSecretsThatAreTooShort() throws {
    let log = makeLog()
    try log.addSecrets([Secret("abc")])
    guard case .message(.warning, let text) = sink.events.first?.kind else {
      Issue.record("no warning")
      return
    }
    #expect(text.contains("fewer than 4 bytes") && !text.contains("abc"))
  }

  @Test func coalescesOutputByTimeAndSize() {
    let log = makeLog()
    #expect(log.pollTimeout == -1)
    for _ in 0..<50 { log.output("x") }
    #expect(sink.events.isEmpty)
    #expect(log.pollTimeout == 100)
    log.tick()
    #expect(texts == [String(repeating: "x", count: 50)])
    #expect(log.pollTimeout == -1)
    log.output("y")
    clock.advance(150)
    log.output("z")
    #expect(texts.last == "yz")
    log.output(String(repeating: String(repeating: "l", count: 99) + "\n", count: 5000) + "rest")
    log.close()
    #expect(texts.dropFirst(2).joined().utf8.count == 500_004)
    #expect(texts.allSatisfy { $0.utf8.count <= 100_000 })
    #expect(texts.dropFirst(2).dropLast().allSatisfy { $0.hasSuffix("\n") })
  }

  @Test func doesNotCutCharactersOfTexts() {
    let log = makeLog()
    let euro = Array("€".utf8)
    log.output([97] + euro[..<1])
    log.tick()
    log.output(euro[1...] + [98])
    log.tick()
    #expect(texts == ["a", "€b"])
    log.output([0xFF, 0xE2, 0x82])
    log.tick()
    log.tick()
    #expect(log.pollTimeout == -1)
    #expect(texts.dropFirst(2) == ["\u{FFFD}", "\u{FFFD}"])
    log.close()
    #expect(sink.bytes == Array("a€b".utf8) + [0xFF, 0xE2, 0x82])
  }

  @Test(arguments: 0..<8) func goesOnWithoutASinkThatFails(calls: Int) {
    let failing = RecordingSink()
    failing.callsUntilFailure = calls
    let log = makeLog([failing])
    log.emit(.phaseStarted(.build))
    log.output("one\n")
    log.emit(.phaseStarted(.postBuild))
    log.output("two\n")
    log.emit(.phaseStarted(.finalizing))
    log.close()
    #expect(sink.text == "one\ntwo\n")
    let warnings = sink.events.filter { if case .message(.warning, _) = $0.kind { true } else { false } }
    #expect(warnings.count == 1)
    #expect("\(warnings)".contains("the record is incomplete from here on: cannot write the record"))
    #expect(sink.events.map(\.sequence) == Array(1...sink.events.count))
  }

  @Test func ignoresOutputEventsFromElsewhere() {
    let log = makeLog()
    log.emit(.output(text: "forged", offset: 0, bytes: 6))
    log.close()
    #expect(sink.events.isEmpty && sink.bytes.isEmpty)
  }

  @Test func masksResults() throws {
    let log = makeLog()
    try log.addSecrets([Secret("hunter2!")])
    var result = BuildResult(
      id: "1", status: .succeeded, startedAt: clock.time, finishedAt: clock.time,
      source: SourceRevision(url: "https://u:hunter2!@host/x"))
    result.exportedVariables = ["V": "a hunter2! b"]
    #expect(log.masked(result).source.url == "https://u:***@host/x")
    #expect(log.masked(result).exportedVariables == ["V": "a *** b"])
  }
}
