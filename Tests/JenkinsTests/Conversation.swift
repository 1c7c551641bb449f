import Foundation
import JourneymanJavaStream
import JourneymanSupport
import Testing

@testable import JourneymanJenkins

/// A whole recorded conversation, played again: in its order, with what was asked while an answer was still awaited, the
/// controller's other commands, and its asking again and again for a step's end, which may take more or fewer rounds.
final class Conversation {
  /// How an answer is compared with the recorded one.
  enum Comparison {
    /// Equal.
    case equal
    /// Equal but for the numbers in it.
    case measured
    /// An answer, and no exception; it differs from machine to machine.
    case own
  }

  /// Those that do not determine their answers, by class.
  var comparisons: [String: Comparison] = [
    "hudson.EnvVars$GetEnvVars": .own, "hudson.Launcher$RemoteLaunchCallable": .own,
    "hudson.FilePath$CreateTextTempFile": .own, "hudson.FilePath$WritePipe": .own,
    "org.jenkinsci.plugins.durabletask.AgentInfo$GetAgentInfo": .own,
    "hudson.node_monitors.ArchitectureMonitor$GetArchTask": .own,
    "hudson.node_monitors.DiskSpaceMonitorDescriptor$GetUsableSpace": .measured,
    "hudson.node_monitors.TemporarySpaceMonitor$GetTempSpace": .own,
    "hudson.node_monitors.SwapSpaceMonitor$MonitorTask": .measured,
    "hudson.model.Slave$GetClockDifference2": .measured,
  ]
  /// Leaves out of printed text what differs from run to run.
  var leavingOut: (String) -> String = { $0 }
  /// Is called before an entry is sent, with its number and class.
  var before: (Int, String) async throws -> Void = { _, _ in }

  private let name: String
  private let entries: [Recording.Entry]
  private let requests: [JavaObject?]
  private let controller: ScriptedController
  private let correspondence: Correspondence
  var rewriter: JavaRewriter { correspondence.rewriter }
  private let inbox: Inbox
  /// The live numbers of requests, by their entry.
  private var sent: [Int: Int32] = [:]
  /// Entries whose answers have not been compared yet.
  private var awaited: [Int] = []
  /// The logs of durable tasks, by their recorded path.
  private var logs: [String: (recorded: [UInt8], live: [UInt8])] = [:]
  /// The controller's streams that the agent has to give back, with their recorded numbers' entries.
  private var lent: [(entry: Int, stream: Int32)] = []

  private static let reader = JavaStreamReader(classesWithoutFields: CommandLayout.withoutFields)
  private static let tasks = "org.jenkinsci.plugins.durabletask.FileMonitoringTask$FileMonitoringController$"

  /// - Parameters:
  ///   - directory: stands for the recorded node's directory.
  ///   - strings: what stands for what else. Names of durable tasks and all cookies are other ones in any case.
  init(
    _ name: String, _ controller: ScriptedController, directory: String,
    strings: [(recorded: String, live: String)] = []
  ) throws {
    self.name = name
    self.controller = controller
    entries = try Recording(name).entries
    requests = try entries.map { try $0.request.map { try Self.reader.readObject(Array($0)) } }
    let others = Self.tokens(in: requests.compactMap(\.self)).map { (recorded: $0, live: Self.other($0)) }
    correspondence = Correspondence(directory: directory, strings: others + strings)
    inbox = Inbox(controller)
  }

  /// The names of durable tasks and the cookies.
  private static func tokens(in requests: [JavaObject]) -> Set<String> {
    var tokens: Set<String> = []
    for text in requests.flatMap({ strings(in: $0) }) {
      let pattern = /durable-[0-9a-f]{8,}|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{16}\b/
      for match in text.matches(of: pattern) { tokens.insert(String(match.output.0)) }
    }
    return tokens
  }

  /// All strings of a request; rings in it do no harm.
  private static func strings(in request: JavaObject) -> [String] {
    var strings: [String] = []
    var seen: Set<Int> = []
    var rest: [JavaValue] = [.object(request)]
    while let value = rest.popLast() {
      if let string = value.string { strings.append(string) }
      if let array = value.array, array.bytes == nil { rest += array.elements }
      guard let object = value.object, seen.insert(object.identity).inserted else { continue }
      rest += object.fields.map(\.value)
      for name in object.classNames { rest += object.custom(of: name) }
    }
    return strings
  }

  private static func other(_ token: String) -> String {
    let digits = Array("0123456789abcdef")
    let head = token.hasPrefix("durable-") ? "durable-" : ""
    return head + token.dropFirst(head.count).map { $0 == "-" ? "-" : String(digits.randomElement() ?? "0") }.joined()
  }

  // MARK: Playing

  /// Plays all of it, and compares.
  func play() async throws {
    for (number, entry) in entries.enumerated() {
      for earlier in awaited where earlier + (entries[earlier].until ?? 0) < number { try await finish(earlier) }
      try await before(number, entry.class)
      if let request = requests[number] {
        try await ask(request, number)
      } else if entry.command != nil {
        try await send(entry, number)
      } else {
        try controller.order(#"{"close":\#(entry.class.split(separator: " ").last ?? "1000")}"#)
      }
    }
    while let earlier = awaited.first { try await finish(earlier) }
    try await expectStreams()
  }

  private func ask(_ request: JavaObject, _ number: Int) async throws {
    if entries[number].class == Self.tasks + "WriteLog" {
      rewriter.location = Int64(logs[Self.path(of: request)]?.live.count ?? 0)
    }
    defer { rewriter.location = nil }
    sent[number] = try controller.ask(try JavaStreamWriter.write(rewriter.rewritten(.object(request))))
    awaited.append(number)
    let outputs = StreamReferences(in: request).outputs
    lent += outputs.map { (number, rewriter.stream($0)) }
    switch entries[number].class {
    case Self.tasks + "WriteLog": try await follow(request, outputs.first ?? 0, number)
    case Self.tasks + "StatusCheck": try await waitForStatus(request, number)
    default: break
    }
  }

  /// Asks for the log until it has as many lines as it had.
  private func follow(_ request: JavaObject, _ stream: Int32, _ number: Int) async throws {
    let path = Self.path(of: request)
    var log = logs[path] ?? ([], [])
    log.recorded += entries[number].written?["\(stream)"].map(Array.init) ?? []
    func take() async throws {
      _ = try await inbox.answer(to: sent[number] ?? 0)
      log.live += inbox.text[rewriter.stream(stream)] ?? []
    }
    try await take()
    while lines(log.live) < lines(rewriter.replaced(log.recorded)) {
      try await Task.sleep(for: .milliseconds(20))
      rewriter.renumber(stream)
      rewriter.location = Int64(log.live.count)
      sent[number] = try controller.ask(try JavaStreamWriter.write(rewriter.rewritten(.object(request))))
      lent.append((number, rewriter.stream(stream)))
      try await take()
    }
    logs[path] = log
  }

  private static func path(of request: JavaObject) -> String { request["filePath"].object?["remote"].string ?? "" }

  private func lines(_ text: [UInt8]) -> Int {
    left(text).split(separator: "\n", omittingEmptySubsequences: false).count
  }

  /// What is compared of printed bytes.
  private func left(_ bytes: [UInt8]) -> String {
    leavingOut(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
  }

  /// Asks for a step's status until it has one, if it had one then.
  private func waitForStatus(_ request: JavaObject, _ number: Int) async throws {
    guard try recorded(number).value?.isNull == false else {
      _ = try await inbox.answer(to: sent[number] ?? 0)
      awaited.removeAll { $0 == number }
      return
    }
    while try await inbox.answer(to: sent[number] ?? 0).value?.isNull != false {
      try await Task.sleep(for: .milliseconds(20))
      sent[number] = try controller.ask(try JavaStreamWriter.write(rewriter.rewritten(.object(request))))
    }
  }

  /// Sends a command that is no request.
  private func send(_ entry: Recording.Entry, _ number: Int) async throws {
    if entry.class == "hudson.remoting.Request$Cancel", let about = entry.of, let id = sent[about] {
      // Not before the process has printed what it printed then.
      for entry in entries[..<number] {
        for (stream, text) in entry.written ?? [:] {
          let live = rewriter.stream(Int32(stream) ?? 0)
          try await inbox.wait { self.lines($0.text[live] ?? []) >= self.lines(self.rewriter.replaced(Array(text))) }
        }
      }
      return try controller.cancel(id)
    }
    let command = try Self.reader.readObject(Array(entry.command ?? Data()))
    try controller.send(rewriter.rewritten(.object(command)))
  }

  // MARK: Comparing

  private func recorded(_ number: Int) throws -> ScriptedController.Answer {
    var answer = ScriptedController.Answer()
    try answer.read(try Self.reader.readObject(Array(entries[number].answer ?? Data())))
    return answer
  }

  /// Waits for an answer and compares it.
  private func finish(_ number: Int) async throws {
    awaited.removeAll { $0 == number }
    let live = try await inbox.answer(to: sent[number] ?? 0)
    let old = try recorded(number)
    correspondence.learn(old.value, live.value)
    let place: Comment = "\(name) \(number): \(entries[number].class)"
    guard let value = old.value else {
      #expect(live.failure != nil, place)
      if old.raw != nil { #expect(live.raw?.className == old.raw?.className, place) }
      return
    }
    #expect(live.failure?.message == nil, place)
    let given = live.value.map { JavaText.of($0) } ?? ""
    switch comparisons[entries[number].class] ?? .equal {
    case .equal: #expect(given == correspondence.expected(value), place)
    case .measured:
      let numbers = /\(-?[0-9]+\)/
      #expect(
        given.replacing(numbers, with: "") == correspondence.expected(value).replacing(numbers, with: ""), place)
    case .own: break
    }
  }

  /// A job's name may have a space that the recorded one had not: Jenkins shows a script's path in quotes then.
  private func quoted(_ bytes: [UInt8]) -> [UInt8] {
    let command = "] $ /bin/sh -xe "
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let shown = lines.map { line -> String in
      guard line.hasPrefix("["), let end = line.range(of: command)?.upperBound, line[end...].contains(" ") else {
        return String(line)
      }
      return line[..<end] + "\"" + line[end...] + "\""
    }
    return shown == lines.map(String.init) ? bytes : Array(shown.joined(separator: "\n").utf8)
  }

  /// Those whose streams stay with the agent's object.
  private static let keeping: Set<String> = ["org.jenkinsci.plugins.gitclient.Git$GitAPIMasterToSlaveFileCallable"]

  /// What was printed is the same, every pipe has had its end, and every stream was given back once.
  private func expectStreams() async throws {
    for (path, log) in logs { #expect(left(log.live) == left(rewriter.replaced(log.recorded)), "\(name): \(path)") }
    for entry in entries where entry.class != Self.tasks + "WriteLog" {
      if Self.keeping.contains(entry.class) { continue }
      for (stream, text) in entry.written ?? [:] {
        let live = rewriter.stream(Int32(stream) ?? 0)
        let expected = quoted(rewriter.replaced(Array(text)))
        #expect(left(inbox.text[live] ?? []) == left(expected), "\(name): \(entry.class)")
      }
      for (stream, error) in entry.ended ?? [:] {
        let end = inbox.ended[rewriter.stream(Int32(stream) ?? 0)]
        #expect(end?.isEmpty == error.isEmpty, "\(name): \(entry.class)")
      }
    }
    let kept = lent.filter { Self.keeping.contains(entries[$0.entry].class) }.map(\.stream)
    let streams = Set(lent.map(\.stream)).subtracting(kept)
    if !entries.contains(where: { $0.class.hasPrefix("close") }) {
      try await inbox.wait { streams.isSubset(of: $0.unexported.keys) }
    }
    #expect(inbox.unexported.filter { streams.contains($0.key) }.allSatisfy { $0.value == 1 })
    #expect(inbox.isInOrder)
  }

  /// The header of the connection that followed.
  func nextConnection() async throws -> [String: String] {
    try await inbox.wait { $0.connections > 0 }
    return inbox.fields
  }
}

/// What came from an agent, in whatever order.
final class Inbox {
  private let controller: ScriptedController
  private var answers: [Int32: JavaObject] = [:]
  /// What was written to the controller's streams.
  private(set) var text: [Int32: [UInt8]] = [:]
  /// The class of the error that a stream ended with, empty for none.
  private(set) var ended: [Int32: String] = [:]
  /// How often a stream was given back.
  private(set) var unexported: [Int32: Int] = [:]
  /// Whether what was written is numbered one by one, and each answer names the last number before it.
  private(set) var isInOrder = true
  private(set) var connections = 0
  /// The header of the last connection.
  private(set) var fields: [String: String] = [:]
  private var last: Int64?

  init(_ controller: ScriptedController) { self.controller = controller }

  /// Waits for an answer.
  func answer(to id: Int32) async throws -> ScriptedController.Answer {
    try await wait { $0.answers[id] != nil }
    var answer = ScriptedController.Answer()
    if let response = answers[id] { try answer.read(response) }
    return answer
  }

  /// Takes what comes until there is enough.
  func wait(until isEnough: (Inbox) -> Bool) async throws {
    while !isEnough(self) {
      switch try await controller.next() {
      case .command(let command): try take(command)
      case .open(let header):
        connections += 1
        fields = header
      case .closed: break
      }
    }
  }

  private func take(_ command: JavaObject) throws {
    let stream = Int32(command["oid"].integer ?? -1)
    let number = command["ioId"].integer
    if let number {
      isInOrder = isInOrder && number == (last ?? 0) + 1
      last = number
    }
    switch command.className {
    case "hudson.remoting.Response":
      answers[Int32(command["id"].integer ?? -1)] = command
      isInOrder = isInOrder && command["lastIoId"].integer == last ?? 0
    case "hudson.remoting.ProxyOutputStream$Chunk": text[stream, default: []] += command["buf"].bytes ?? []
    case "hudson.remoting.ProxyOutputStream$EOF": ended[stream] = command["error"].object?.className ?? ""
    case "hudson.remoting.ProxyOutputStream$Unexport": unexported[stream, default: 0] += 1
    case "hudson.remoting.ProxyInputStream$Chunk": try controller.give(command, from: stream)
    default: break
    }
  }
}
