import Foundation
import JourneymanAgent
import JourneymanJavaStream
import JourneymanSupport
import Synchronization
import TestSupport

@testable import JourneymanJenkins

/// A controller that a test plays: a real WebSocket server whose conversation the test leads.
final class ScriptedController: Sendable {
  /// What the agent did.
  enum Event: Sendable {
    case open([String: String])
    case command(JavaObject)
    case closed(Int)
  }

  private struct Line: Decodable {
    let open: [String: String]?
    let command: String?
    let closed: Int?
  }

  private let peer: ScriptedPeer
  private let descriptor: Int32
  private let buffer = Mutex<[UInt8]>([])
  /// What the agent may still read, by the streams' numbers.
  private let given = Mutex<[Int32: [UInt8]]>([:])
  private let nextID = Mutex(Int32.random(in: 0..<100_000))

  init() async throws {
    peer = try await ScriptedPeer("jenkins/controller.py")
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(peer["control"]).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if connected != 0 { throw SystemError("reach the scripted controller") }
    var patience = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// The URL that agents are given.
  func url(_ prefix: String = "") -> String { "http://127.0.0.1:\(peer["agents"])/\(prefix)" }

  /// The URL of Jenkins as a whole, with its web interface.
  func web(_ path: String = "") -> String { "http://127.0.0.1:\(peer["web"])/\(path)" }

  func order(_ text: String) throws {
    try FileSystem.writeAll(Array((text + "\n").utf8), to: descriptor, name: "the scripted controller")
  }

  /// Waits for what the agent does next.
  func next() async throws -> Event {
    let line = try await runBlocking { try self.line() }
    let event = try JSONDecoder().decode(Line.self, from: Data(line))
    if let fields = event.open { return .open(fields) }
    if let hex = event.command {
      let digits = Array(hex.utf8)
      let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
      }
      return .command(try JavaStreamReader(classesWithoutFields: CommandLayout.withoutFields).readObject(bytes))
    }
    return .closed(event.closed ?? -1)
  }

  private func line() throws -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let line = buffer.withLock { buffer -> [UInt8]? in
        guard let end = buffer.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { buffer.removeSubrange(...end) }
        return Array(buffer[..<end])
      }
      if let line { return line }
      let count = try retryingInterrupts("hear from the scripted controller") { read(descriptor, &chunk, chunk.count) }
      if count == 0 { throw SystemError("hear from the scripted controller", number: EPIPE) }
      let received = chunk[..<count]
      buffer.withLock { $0 += received }
    }
  }

  /// Waits for an agent to connect.
  func agent() async throws -> [String: String] {
    while true {
      if case .open(let fields) = try await next() { return fields }
    }
  }

  // MARK: Requests

  func send(_ command: JavaOutput) throws {
    let hex = try JavaStreamWriter.write(command).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    try order(#"{"command":"\#(hex)"}"#)
  }

  private static let command = JavaLayout(
    "hudson.remoting.Command", 1, [JavaField("createdAt", "Ljava/lang/Exception;")])

  /// A request as another version of Remoting may write it: the fields in another order, and one more.
  private static let userRequest = JavaLayout(
    "hudson.remoting.UserRequest", 1,
    [
      JavaField("toString", "Ljava/lang/String;"), JavaField("newField", "Ljava/lang/String;"),
      JavaField("request", "[B"), JavaField("classLoaderProxy", "Lhudson/remoting/RemoteClassLoader$IClassLoader;"),
    ],
    extends: JavaLayout(
      "hudson.remoting.Request", 1,
      [JavaField("lastIoId", "I"), JavaField("id", "I"), JavaField("response", "Lhudson/remoting/Response;")],
      extends: command))

  /// Sends a request and does not wait.
  ///
  /// - Returns: its number.
  func ask(_ request: [UInt8]) throws -> Int32 {
    let id = nextID.withLock { id in
      id += Int32.random(in: 1...9)
      return id
    }
    try send(
      .object(Self.userRequest, ["id": .int(id), "request": .bytes(request), "newField": .string("later")]))
    return id
  }

  func ask(_ className: String, _ serialVersionUID: Int64 = 1, _ fields: [(JavaField, JavaOutput)] = []) throws -> Int32
  {
    let layout = JavaLayout(className, serialVersionUID, fields.map(\.0))
    let values = Dictionary(uniqueKeysWithValues: fields.map { ($0.0.name, $0.1) })
    return try ask(try JavaStreamWriter.write(.object(layout, values)))
  }

  /// The callable that asks something about a file.
  func ask(about path: String, _ task: JavaOutput) throws -> Int32 {
    let filePath = JavaOutput.object(
      JavaLayout(
        "hudson.FilePath", 1,
        [JavaField("remote", "Ljava/lang/String;"), JavaField("urlFactory", "Lhudson/FilePath$UrlFactory;")],
        writesCustomData: true),
      ["remote": .string(path)], custom: ["hudson.FilePath": [.block([0])]])
    return try ask(
      "hudson.FilePath$FileCallableWrapper", 1,
      [
        (JavaField("callable", "Lhudson/FilePath$FileCallable;"), task),
        (JavaField("filePath", "Lhudson/FilePath;"), filePath),
      ])
  }

  /// What came before an answer, and the answer.
  struct Answer {
    /// The value; `nil` when the request failed.
    var value: JavaValue?
    /// The exception's class and message when it failed.
    var failure: (className: String, message: String)?
    /// The exception that the caller itself gets, if it is another.
    var raw: (className: String, message: String)?
    /// The commands that were not answers, in order.
    var others: [JavaObject] = []

    /// Reads a `Response`.
    mutating func read(_ response: JavaObject) throws {
      let result = response["returnValue"].object
      if let bytes = result?["response"].bytes {
        value = try JavaStreamReader().read(bytes).first
      } else if let bytes = result?["proxyResponse"].bytes {
        let exception = try JavaStreamReader().readObject(bytes)
        failure = (exception.className, exception["detailMessage"].string ?? "")
        if let raw = try result?["rawResponse"].bytes.map({ try JavaStreamReader().readObject($0) }) {
          self.raw = (raw.className, raw["detailMessage"].string ?? "")
        }
      }
    }
  }

  private static let response = JavaLayout(
    "hudson.remoting.Response", 1,
    [
      JavaField("id", "I"), JavaField("lastIoId", "I"), JavaField("exception", "Ljava/lang/Throwable;"),
      JavaField("returnValue", "Ljava/io/Serializable;"),
    ],
    extends: command)
  private static let buffer = JavaLayout(
    "hudson.remoting.ProxyInputStream$Buffer", 1, [JavaField("len", "I"), JavaField("buf", "[B")])

  /// Answers the agent's question for bytes as Jenkins does: a buffer of the length asked for, filled in part.
  func give(_ question: JavaObject, from stream: Int32) throws {
    let wanted = Int(question["len"].integer ?? 0)
    let piece = given.withLock { given in
      let piece = Array((given[stream] ?? []).prefix(min(wanted, Int.random(in: 1...100_000))))
      given[stream]?.removeFirst(piece.count)
      return piece
    }
    try give(question, piece)
  }

  /// Answers with these bytes; none are the end.
  func give(_ question: JavaObject, _ piece: [UInt8]) throws {
    let wanted = Int(question["len"].integer ?? 0)
    let length = piece.isEmpty ? -1 : Int32(piece.count)
    try send(
      .object(
        Self.response,
        [
          "id": .int(Int32(question["id"].integer ?? 0)),
          "returnValue": .object(
            Self.buffer,
            [
              "len": .int(length),
              "buf": .bytes(piece + [UInt8](repeating: 0, count: max(0, min(wanted, 100_000) - piece.count))),
            ]),
        ]))
  }

  private static let chunk = JavaLayout(
    "hudson.remoting.ProxyOutputStream$Chunk", 1,
    [JavaField("requestId", "I"), JavaField("oid", "I"), JavaField("ioId", "I"), JavaField("buf", "[B")],
    extends: command)

  /// Writes to a stream of the agent.
  func write(_ bytes: [UInt8], to stream: Int32) throws {
    try send(.object(Self.chunk, ["oid": .int(stream), "buf": .bytes(bytes)]))
  }

  private static let end = JavaLayout(
    "hudson.remoting.ProxyOutputStream$EOF", 1,
    [JavaField("requestId", "I"), JavaField("oid", "I"), JavaField("ioId", "I")], extends: command)

  /// Ends a stream of the agent.
  func endWriting(to stream: Int32) throws { try send(.object(Self.end, ["oid": .int(stream)])) }

  /// Sends bytes as they are, as one message of the WebSocket.
  func sendRaw(_ bytes: [UInt8]) throws {
    try order(#"{"raw":"\#(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())"}"#)
  }

  private static let cancelling = JavaLayout(
    "hudson.remoting.Request$Cancel", -1_709_992_419_006_993_208, [JavaField("id", "I")], extends: command)

  /// Asks the agent to give a request up.
  func cancel(_ id: Int32) throws { try send(.object(Self.cancelling, ["id": .int(id)])) }

  /// Waits for the answer to a request.
  ///
  /// - Parameter giving: what the agent may read from now on, by the streams' numbers.
  func answer(to id: Int32, giving: [Int32: [UInt8]] = [:]) async throws -> Answer {
    var answer = Answer()
    given.withLock { $0.merge(giving) { $1 } }
    while true {
      guard case .command(let command) = try await next() else { throw SystemError("get an answer", number: EPIPE) }
      if command.className == "hudson.remoting.ProxyInputStream$Chunk", let oid = command["oid"].integer {
        try give(command, from: Int32(oid))
        continue
      }
      guard command.className == "hudson.remoting.Response", command["id"].integer == Int64(id) else {
        answer.others.append(command)
        continue
      }
      try answer.read(command)
      return answer
    }
  }

  /// Sends a request and waits for its answer.
  func value(_ className: String, _ serialVersionUID: Int64 = 1, _ fields: [(JavaField, JavaOutput)] = []) async throws
    -> JavaValue?
  {
    try await answer(to: try ask(className, serialVersionUID, fields)).value
  }
}

/// An agent's side for tests: settings, and what it said in its log.
final class TestHost: AgentHost {
  let settings: Settings
  let activity: AgentActivity
  private let lines = Mutex<[String]>([])
  init(_ settings: Settings = Settings(), executors: Int = 4) {
    self.settings = settings
    activity = AgentActivity(executors: executors)
  }
  func report(_ message: String) { lines.withLock { $0.append(message) } }
  var log: [String] { lines.withLock { $0 } }
}
