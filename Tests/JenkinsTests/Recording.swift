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
    /// The controller's whole command, or what it wraps.
    let request: Data
    /// The agent's whole answer.
    let answer: Data
    /// What the agent wrote to the controller's streams, by their numbers.
    let written: [String: Data]?
    /// What the controller gave from its streams, by their numbers.
    let given: [String: Data]?
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
  let rewriter: JavaRewriter
  private let reader = JavaStreamReader(classesWithoutFields: CommandLayout.withoutFields)

  /// - Parameter directory: stands for the recorded node's directory.
  init(_ controller: ScriptedController, directory: String, strings: [(recorded: String, live: String)] = []) {
    self.controller = controller
    rewriter = JavaRewriter(strings + [(recorded: "/srv/agent", live: directory)])
  }

  /// Asks what was asked then.
  func play(_ entry: Recording.Entry) async throws -> Outcome {
    let command = try reader.readObject(Array(entry.request))
    let request = try command["request"].bytes.map { try reader.readObject($0) } ?? command
    let given = Dictionary(
      uniqueKeysWithValues: (entry.given ?? [:]).compactMap { key, data in
        Int32(key).map { (rewriter.stream($0), Array(data)) }
      })
    let id = try controller.ask(try JavaStreamWriter.write(rewriter.rewritten(.object(request))))
    let answer = try await controller.answer(to: id, giving: given)
    let recorded = try reader.readObject(Array(entry.answer))["returnValue"].object
    let old = try recorded?["response"].bytes.flatMap { try reader.read($0).first }
    learn(old, answer.value)
    let written = Dictionary(
      uniqueKeysWithValues: (entry.written ?? [:]).compactMap { key, data in
        Int32(key).map { (rewriter.stream($0), Array(data)) }
      })
    return Outcome(
      name: entry.class, expected: old.map { expected($0) } ?? "exception",
      given: answer.value.map { JavaText.of($0) }
        ?? (old == nil ? "exception" : "exception \(answer.failure?.message ?? "")"), answer: answer,
      streams: Array(written.keys), recorded: written)
  }

  /// A recorded answer as it should be now.
  private func expected(_ value: JavaValue) -> String {
    var text = rewriter.replaced(JavaText.of(value))
    for (old, new) in rewriter.identifiers { text = text.replacing("block \(old)", with: "block \(new)") }
    return text
  }

  /// The number of an object of the agent.
  private static func number(_ value: JavaValue?) -> Int64? {
    let proxy = value?.object?["proxy"].object ?? value?.object
    return proxy?["h"].object?["oid"].integer
  }

  private static func identifier(_ value: JavaValue?) -> [UInt8]? {
    guard let bytes = value?.object?.customBytes(of: "org.eclipse.jgit.lib.ObjectId"), bytes.count == 20 else {
      return nil
    }
    return bytes
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Later requests name what this answer gave: an object of the agent, or a file.
  private func learn(_ old: JavaValue?, _ new: JavaValue?) {
    if let old = Self.number(old), let new = Self.number(new) {
      rewriter.objects[old] = Int32(new)
    } else if let old = Self.identifier(old), let new = Self.identifier(new) {
      rewriter.identifiers[old] = new
      rewriter.strings.insert((recorded: Self.hexadecimal(old), live: Self.hexadecimal(new)), at: 0)
    } else if let old = old?.string, let new = new?.string, old != new {
      rewriter.strings.insert((recorded: old, live: new), at: 0)
    }
  }
}
