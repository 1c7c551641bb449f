import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport

@testable import JourneymanJenkins

/// Requests of a real controller and what an agent answered, from a recorded conversation.
struct Recording {
  struct Entry: Decodable {
    /// The class of what was asked, or `call METHOD`.
    let `class`: String
    /// The controller's whole request, or what it wraps.
    let request: Data?
    /// The agent's whole answer.
    let answer: Data?
    /// How many of the following entries were sent before the answer came.
    let until: Int?
    /// A whole command of the controller that is no request.
    let command: Data?
    /// Which entry the command is about.
    let of: Int?
    /// What the agent wrote to the controller's streams, by their numbers.
    let written: [String: Data]?
    /// What the controller gave from its streams, by their numbers.
    let given: [String: Data]?
    /// The classes of the errors that the agent ended the controller's pipes with; empty for none.
    let ended: [String: String]?
  }

  let entries: [Entry]

  init(_ name: String) throws {
    let text = try FileSystem.read(StoreServer.fixtures + "/jenkins/replay/\(name).jsonl", limit: 16 << 20)
    entries = try text.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(Entry.self, from: Data($0))
    }
  }
}

/// Plays a recording to an agent.
final class Replay {
  /// What came of one request.
  struct Outcome {
    let name: String
    /// The answers as text, with the paths of this run.
    let expected: String
    let given: String
    let answer: ScriptedController.Answer
    /// The live number of each recorded stream that the agent wrote to.
    let streams: [Int32]
    /// What was written to them when it was recorded.
    let recorded: [Int32: [UInt8]]
  }

  private let controller: ScriptedController
  private let correspondence: Correspondence
  private let reader = JavaStreamReader(classesWithoutFields: CommandLayout.withoutFields)

  var rewriter: JavaRewriter { correspondence.rewriter }

  /// - Parameter directory: stands for the recorded node's directory.
  init(_ controller: ScriptedController, directory: String, strings: [(recorded: String, live: String)] = []) {
    self.controller = controller
    correspondence = Correspondence(directory: directory, strings: strings)
  }

  /// Asks what was asked then.
  func play(_ entry: Recording.Entry) async throws -> Outcome {
    let command = try reader.readObject(Array(entry.request ?? Data()))
    let request = try command["request"].bytes.map { try reader.readObject($0) } ?? command
    let given = Dictionary(
      uniqueKeysWithValues: (entry.given ?? [:]).compactMap { key, data in
        Int32(key).map { (rewriter.stream($0), Array(data)) }
      })
    let id = try controller.ask(try JavaStreamWriter.write(rewriter.rewritten(.object(request))))
    let answer = try await controller.answer(to: id, giving: given)
    let recorded = try reader.readObject(Array(entry.answer ?? Data()))["returnValue"].object
    let old = try recorded?["response"].bytes.flatMap { try reader.read($0).first }
    correspondence.learn(old, answer.value)
    let written = Dictionary(
      uniqueKeysWithValues: (entry.written ?? [:]).compactMap { key, data in
        Int32(key).map { (rewriter.stream($0), Array(data)) }
      })
    return Outcome(
      name: entry.class, expected: old.map { correspondence.expected($0) } ?? "exception",
      given: answer.value.map { JavaText.of($0) }
        ?? (old == nil ? "exception" : "exception \(answer.failure?.message ?? "")"), answer: answer,
      streams: Array(written.keys), recorded: written)
  }
}
