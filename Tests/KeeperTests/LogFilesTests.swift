import Foundation
import JourneymanBuildModel
import JourneymanKeeper
import JourneymanSupport
import TestSupport
import Testing

/// `log.txt`, `events.jsonl` and standard output of one build together.
@Suite(.takingTurns) struct LogFilesTests {
  private let directory: LogDirectory

  init() throws { directory = try LogDirectory() }

  private func events(_ text: String) throws -> [BuildEvent] {
    try text.split(separator: "\n").map { try JSONDecoder().decode(BuildEvent.self, from: Data($0.utf8)) }
  }

  private func openLog(_ display: BuildLogOptions.Display = .nothing, to descriptor: Int32 = -1) throws -> BuildLog {
    var options = BuildLogOptions(outputDirectory: directory.path)
    options.display = display
    options.standardOutput = descriptor
    return try BuildLog(options)
  }

  @Test func saysWhereOutputStandsInTheLog() throws {
    let log = try openLog()
    log.emit(.phaseStarted(.build))
    log.output("one\ntwo\n")
    log.emit(.message(.info, "between"))
    log.output("three")
    log.close()
    let text = Array(try directory.read("log.txt").utf8)
    let events = try events(directory.read("events.jsonl"))
    #expect(events.map(\.sequence) == Array(1...4))
    let outputs = events.compactMap { event -> String? in
      guard case .output(nil, let offset, let bytes) = event.kind else { return nil }
      return String(decoding: text[offset..<offset + bytes], as: UTF8.self)
    }
    #expect(outputs.count == 2)
    #expect(outputs.first?.contains("Z one\n") == true && outputs.first?.hasSuffix("Z two\n") == true)
    #expect(outputs.last?.hasSuffix("Z three") == true)
  }

  @Test func losesNothingInACrashAfterAnEvent() throws {
    let log = try openLog()
    log.output("one\n")
    log.emit(.message(.info, "before the crash"))
    // Neither closed nor flushed: what a crash leaves behind.
    #expect(try directory.read("log.txt").contains("one\n"))
    #expect(try events(directory.read("events.jsonl")).count == 2)
    log.close()
  }

  @Test func printsEventsWithTextAsJSON() throws {
    let file = try FileSystem.open(directory.path + "/out", flags: O_WRONLY | O_CREAT)
    let log = try openLog(.json, to: file.number)
    try log.addSecrets([Secret("hunter2!")])
    log.output("a hunter2! \"€\"\n")
    log.output([0xFF, 10])
    log.emit(.buildFinished(.succeeded, durationSeconds: 1))
    log.close()
    let printed = try events(directory.read("out"))
    let stored = try events(directory.read("events.jsonl"))
    #expect(printed.map(\.sequence) == stored.map(\.sequence))
    guard case .output(let text, _, _) = printed.first?.kind else {
      Issue.record("no output event")
      return
    }
    #expect(text == "a *** \"€\"\n\u{FFFD}\n")
    #expect(try !directory.read("events.jsonl").contains("€"))
  }

  @Test func survivesAReaderThatWentAway() throws {
    var pipe = try JourneymanSupport.Pipe()
    let log = try openLog(.json, to: (pipe.writeEnd?.number ?? -1))
    pipe.readEnd = nil
    for index in 0..<10 { log.emit(.message(.info, "message \(index)")) }
    log.close()
    let text = try directory.read("log.txt")
    #expect(text.contains("message 9"))
    #expect(text.split(separator: "\n").filter { $0.contains("standard output is incomplete") }.count == 1)
    pipe.writeEnd = nil
  }

  @Test(.enabled(if: access("/dev/full", W_OK) == 0)) func survivesAFullDisk() throws {
    symlink("/dev/full", directory.path + "/events.jsonl")
    let log = try openLog()
    for index in 0..<10 { log.emit(.message(.info, "message \(index)")) }
    log.close()
    let text = try directory.read("log.txt")
    #expect(text.contains("message 9"))
    #expect(text.split(separator: "\n").filter { $0.contains("events.jsonl is incomplete") }.count == 1)
  }

  @Test func boundsTheEventFileButNotItsResults() throws {
    let sink = try EventFileSink(path: directory.path + "/events.jsonl", limit: 2000)
    for sequence in 1...100 {
      try sink.event(BuildEvent(sequence: sequence, time: .now(), kind: .message(.info, "noise")))
    }
    try sink.event(
      BuildEvent(sequence: 101, time: .now(), kind: .buildFinished(.succeeded, durationSeconds: 1)))
    try sink.close()
    let kept = try events(directory.read("events.jsonl"))
    #expect(kept.count < 30 && kept.last?.sequence == 101)
  }
}
