import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanActionKit

/// The lines between agent and plugin.
@Suite struct MessageTests {
  /// Reads everything that a pipe with these bytes holds.
  private func lines(_ bytes: [UInt8], longest: Int = 100) throws -> [String] {
    var pipe = try Pipe(capacity: 1 << 20)
    try FileSystem.writeAll(bytes, to: pipe.writeEnd?.number ?? -1, name: "a pipe")
    pipe.writeEnd = nil
    var reader = MessageReader(pipe.readEnd?.number ?? -1, longestLine: longest)
    var lines: [String] = []
    while let line = try reader.line() { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }

  @Test func linesAreBoundedAndTheLastNeedsNoNewline() throws {
    #expect(try lines(Array("one\n\n  \ntwo\nthree".utf8)) == ["one", "two", "three"])
    #expect(try lines([]).isEmpty)
    let long = [UInt8](repeating: 0x78, count: 100)
    #expect(try lines(long + [0x0A]).count == 1)
    #expect(throws: MessageReader.Violation.self) { try lines(long + [0x78, 0x0A]) }
    #expect(throws: MessageReader.Violation.self) { try lines([UInt8](repeating: 0x78, count: 500_000)) }
  }

  @Test(arguments: [
    #"{"type":"log","text":"x"}"#, #"{"type":"progress","text":"x","done":3}"#,
    #"{"type":"output","key":"a","value":"b","more":1}"#, #"{"type":"artifact","name":"a"}"#,
    #"{"type":"report","name":"a","format":"F","lines":{"covered":1,"total":2}}"#,
    #"{"type":"request","id":1,"process":{"command":"ls"}}"#, #"{"type":"result","status":"failed"}"#,
  ])
  func whatThePageAllowsIsUnderstood(line: String) throws {
    let message = try MessageReader.parse(PluginMessage.self, Array(line.utf8))
    let again = try MessageReader.parse(PluginMessage.self, Array(try JSONEncoder().encode(message)))
    #expect("\(message)" == "\(again)")
  }

  @Test(arguments: [
    "", "x", "{}", "[]", "null", #"{"type":"log"}"#, #"{"type":"result","status":"perhaps"}"#, #"{"type":5}"#,
    #"{"type":"request","id":"one","process":{}}"#, #"{"type":"log","level":"loud","text":"x"}"#,
  ])
  func whatItDoesNotIsAViolation(line: String) {
    #expect(throws: MessageReader.Violation.self) { try MessageReader.parse(PluginMessage.self, Array(line.utf8)) }
  }

  /// Cut, repeated and changed messages: each is read or refused, and nothing else happens.
  @Test func manyBrokenMessagesAreReadOrRefused() throws {
    var random = SplitMix(state: 4)
    let seeds = [
      #"{"type":"log","level":"info","text":"h\u00e9llo \ud83d\ude00"}"#,
      #"{"type":"report","name":"a","format":"F","totals":{"total":1,"passed":1,"failed":0,"errors":0,"skipped":0,"durationSeconds":1e3}}"#,
      #"{"type":"request","id":7,"web":{"method":"GET","url":"http://x/","headers":[["a","b"]],"body":"aGk="}}"#,
    ].map { Array($0.utf8) }
    var refused = 0
    for _ in 0..<3_000 {
      var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + 3))
        default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 5)], at: at)
        }
        if bytes.isEmpty { break }
      }
      do {
        _ = try MessageReader.parse(PluginMessage.self, bytes)
      } catch is MessageReader.Violation {
        refused += 1
      }
    }
    #expect(refused > 1_000)
  }
}
