internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport
internal import JourneymanTransport
internal import Synchronization

/// A conversation with a controller over one connection: requests come in and are served side by side, answers and the
/// bytes of streams go out.
final class RemotingChannel: Sendable {
  /// The longest command that is taken: a file's content in one string, mostly.
  private static let longestCommand = 64 << 20
  /// How many requests are served at once; further ones are refused.
  private static let mostRequests = 256

  private struct State {
    /// The number of the last thing written to a stream of the controller.
    var ioId: Int32 = 0
    var nextExport: Int32 = 1
    var exports: [Int32: any ExportedObject] = [:]
    var running: [Int32: Task<Void, Never>] = [:]
  }

  private let socket: WebSocket
  private let callables: CallableTable
  private let report: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let questions = OpenQuestions()
  private static let reader = JavaStreamReader(classesWithoutFields: CommandLayout.withoutFields)

  /// - Parameter report: takes what the agent's log should say.
  init(_ socket: WebSocket, _ callables: CallableTable, report: @escaping @Sendable (String) -> Void) {
    self.socket = socket
    self.callables = callables
    self.report = { report(URLPasswords.masked($0)) }
  }

  /// Serves until the controller closes the conversation. All requests are cancelled at the end.
  ///
  /// - Throws: `TransportError` or ``JenkinsError`` when the connection broke, or `CancellationError`.
  func serve() async throws {
    var framing = ChunkFraming(limit: Self.longestCommand)
    let outcome: Result<Void, any Error>
    do {
      receiving: while let message = try await socket.receive() {
        for bytes in try framing.take(message) where try await take(bytes) { break receiving }
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    for task in state.withLock({ $0.running }).values { task.cancel() }
    questions.end()
    // Before the requests have ended: one may wait for a controller that reads no more.
    await socket.close()
    for task in state.withLock({ $0.running }).values { await task.value }
    // They may hold this channel in their turn.
    let exports = state.withLock { state in
      defer { state.exports = [:] }
      return state.exports
    }
    for export in exports.values { await export.abandon() }
    try outcome.get()
  }

  /// Takes a command.
  ///
  /// - Returns: whether it ends the conversation.
  private func take(_ bytes: [UInt8]) async throws -> Bool {
    let command: JavaObject
    do {
      command = try Self.reader.readObject(bytes)
    } catch {
      throw JenkinsError(.protocolBroken, "the controller sends a command that cannot be read: \(error)")
    }
    switch command.className {
    case "hudson.remoting.UserRequest", "hudson.remoting.RemoteInvocationHandler$UserRPCRequest",
      "hudson.remoting.RemoteInvocationHandler$RPCRequest":
      try await accept(command)
    case "hudson.remoting.Response": questions.answered(try number(command, "id"), by: command)
    case "hudson.remoting.Request$Cancel": cancel(try number(command, "id"))
    case "hudson.remoting.UnexportCommand":
      let oid = try number(command, "oid")
      let export = state.withLock { $0.exports.removeValue(forKey: oid) }
      await export?.release()
    case "hudson.remoting.ProxyOutputStream$Chunk": await receive(command, try number(command, "oid"))
    case "hudson.remoting.ProxyOutputStream$EOF", "hudson.remoting.ProxyOutputStream$Unexport":
      let oid = try number(command, "oid")
      let stream = state.withLock { $0.exports.removeValue(forKey: oid) } as? any IncomingStream
      stream?.finish()
    case "hudson.remoting.Channel$CloseCommand": return true
    case "hudson.remoting.ProxyOutputStream$Ack", "hudson.remoting.ProxyWriter$Ack",
      "hudson.remoting.ProxyOutputStream$Flush", "hudson.remoting.ProxyInputStream$EOF":
      break
    default: report("the controller sends a command of class \(command.className), which this agent does not know")
    }
    return false
  }

  /// Hands bytes to a stream of the agent. A stream that cannot take them is let go of: what comes later is dropped.
  private func receive(_ command: JavaObject, _ oid: Int32) async {
    guard let stream = state.withLock({ $0.exports[oid] }) as? any IncomingStream else { return }
    do {
      try await stream.receive(command["buf"].bytes ?? [])
    } catch {
      report("what the controller sends cannot be written: \(error)")
      state.withLock { _ = $0.exports.removeValue(forKey: oid) }
      stream.finish()
    }
  }

  private func number(_ command: JavaObject, _ field: String) throws -> Int32 {
    guard let number = command[field].integer.flatMap({ Int32(exactly: $0) }) else {
      throw JenkinsError(.protocolBroken, "a command of class \(command.className) has no \(field)")
    }
    return number
  }

  // MARK: Requests

  private func accept(_ command: JavaObject) async throws {
    let id = try number(command, "id")
    let (isFull, isKnown) = state.withLock { ($0.running.count >= Self.mostRequests, $0.running[id] != nil) }
    if isKnown {
      throw JenkinsError(.protocolBroken, "the controller gives the number \(id) to two requests at once")
    }
    if isFull {
      return try await answer(id, .failure(JenkinsError(.failed, "the agent serves too many requests at once")))
    }
    state.withLock { state in
      state.running[id] = Task {
        await self.serve(command, id)
        self.state.withLock { _ = $0.running.removeValue(forKey: id) }
      }
    }
  }

  private func cancel(_ id: Int32) { state.withLock { $0.running[id] }?.cancel() }

  private func serve(_ command: JavaObject, _ id: Int32) async {
    var references = StreamReferences(in: command)
    let call = Call(id: id, channel: self)
    let result: Result<JavaOutput, any Error>
    do {
      if command.className == "hudson.remoting.UserRequest" {
        guard let bytes = command["request"].bytes else {
          throw JenkinsError(.protocolBroken, "the controller sends a request without content")
        }
        let request = try Self.reader.readObject(bytes)
        references = StreamReferences(in: request)
        // A call of an exported object comes in the same wrapping as a callable; its own number means nothing.
        result = .success(
          Self.isMethodCall(request)
            ? try await invoke(request, call) : try await callables.carryOut(request, call))
      } else {
        result = .success(try await invoke(command, call))
      }
    } catch {
      if (error as? JenkinsError)?.code == .unsupported { report("\(error)") }
      result = .failure(error)
    }
    // The connection may end at any of these; then the reader of the socket learns it too.
    var ended: [Int32] = []
    if case .failure(let error) = result {
      let isUnknown = (error as? JenkinsError)?.code == .unsupported
      ended = references.pipes + (isUnknown ? references.data : [])
      for pipe in ended { try? await end(pipe, error: "\(error)") }
    }
    try? await answer(id, result)
    for output in references.outputs where !call.keepsStreams && !ended.contains(output) { try? await unexport(output) }
  }

  private static func isMethodCall(_ request: JavaObject) -> Bool {
    request.classNames.contains("hudson.remoting.RemoteInvocationHandler$RPCRequest")
  }

  private func invoke(_ command: JavaObject, _ call: Call) async throws -> JavaOutput {
    let oid = try number(command, "oid")
    let method = command["methodName"].string ?? ""
    guard let export = state.withLock({ $0.exports[oid] }) else {
      throw JenkinsError(.failed, "the agent has no object \(oid) any more for the call of \(method)")
    }
    return try await export.invoke(method, command["arguments"].list ?? [], call)
  }

  /// Gives the controller an object to call; it is kept until the controller lets go of it, or the connection ends.
  ///
  /// - Returns: its number.
  func export(_ object: any ExportedObject) -> Int32 {
    state.withLock { state in
      defer { state.nextExport += 1 }
      state.exports[state.nextExport] = object
      return state.nextExport
    }
  }

  /// An object that was given to the controller.
  func exported(_ number: Int32) -> (any ExportedObject)? { state.withLock { $0.exports[number] } }

  /// The objects that the controller can call, for its page about them.
  var exportTable: String {
    let exports = state.withLock { $0.exports }
    return exports.sorted { $0.key < $1.key }.map { "#\($0.key): \(type(of: $0.value))\n" }.joined()
  }

  // MARK: Sending

  private func send(_ make: (inout State) throws -> JavaOutput) async throws {
    // Numbers are given and commands put into the queue under one lock, so that their order is the same.
    try state.withLock { state in
      try socket.enqueue(ChunkFraming.messages(try JavaStreamWriter.write(try make(&state))))
    }
    try await socket.waitForRoom()
  }

  private func answer(_ id: Int32, _ result: Result<JavaOutput, any Error>) async throws {
    let value: JavaOutput
    switch result {
    case .success(let output):
      value = .object(CommandLayout.normalResponse, ["response": .bytes(try JavaStreamWriter.write(output))])
    case .failure(let error):
      let exception =
        error is CancellationError
        ? JavaException.interrupted("the request was cancelled") : JavaException.io("\(error)")
      let raw: JavaOutput =
        if let error = error as? GitException {
          .bytes(try JavaStreamWriter.write(JavaException.git(error.description)))
        } else {
          error is CancellationError ? .bytes(try JavaStreamWriter.write(exception)) : .null
        }
      value = .object(
        CommandLayout.exceptionResponse,
        ["proxyResponse": .bytes(try JavaStreamWriter.write(exception)), "rawResponse": raw])
    }
    try await send { state in
      .object(
        CommandLayout.response, ["id": .int(id), "lastIoId": .int(state.ioId), "returnValue": value])
    }
  }

  /// Writes to a stream of the controller. Waits while the connection is slow.
  func write(_ bytes: [UInt8], to oid: Int32, for request: Int32) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(Self.longestBuffer))
      rest = rest.dropFirst(piece.count)
      try await send { state in
        state.ioId += 1
        return .object(
          CommandLayout.chunk,
          ["ioId": .int(state.ioId), "oid": .int(oid), "requestId": .int(request), "buf": .bytes(piece)])
      }
    }
  }

  /// Writes to a stream of the controller that takes text.
  func write(_ text: String, to oid: Int32) async throws {
    let units = Array(text.utf16)
    for start in stride(from: 0, to: units.count, by: Self.longestText) {
      let piece = units[start..<min(start + Self.longestText, units.count)].map { JavaOutput.character($0) }
      try await send { state in
        state.ioId += 1
        return .object(
          CommandLayout.textChunk,
          ["ioId": .int(state.ioId), "oid": .int(oid), "buf": .array(CommandLayout.characters, piece)])
      }
    }
  }

  private static let longestText = 4096
  /// Around each buffer goes a quarter of a kilobyte that describes it.
  private static let longestBuffer = 64 << 10

  /// Ends a stream of text.
  func endText(_ oid: Int32) async throws {
    try await send { state in
      state.ioId += 1
      return .object(CommandLayout.endOfText, ["ioId": .int(state.ioId), "oid": .int(oid)])
    }
  }

  /// Asks the controller for the next bytes of a stream that it reads for this side.
  ///
  /// - Returns: `nil` at the end of the stream, which the controller forgets then.
  /// - Throws: ``JenkinsError`` when it cannot read, `CancellationError`, or `TransportError`.
  func read(_ count: Int32, from oid: Int32) async throws -> [UInt8]? {
    let answer = try await questions.ask { id in
      try await self.send { state in
        .object(
          CommandLayout.readChunk,
          ["id": .int(id), "lastIoId": .int(state.ioId), "len": .int(count), "oid": .int(oid)])
      }
    }
    guard let buffer = answer.object, let length = buffer["len"].integer, let bytes = buffer["buf"].bytes else {
      throw JenkinsError(.protocolBroken, "the controller answers a question for bytes with something else")
    }
    return length < 0 ? nil : Array(bytes.prefix(Int(length)))
  }

  /// Tells the controller that no more bytes of a stream are wanted.
  func stopReading(_ oid: Int32) async throws {
    try await send { _ in .object(CommandLayout.endOfReading, ["oid": .int(oid)]) }
  }

  /// Ends a stream of the controller.
  ///
  /// - Parameter error: why it ends early; the reader gets an `IOException`.
  func end(_ oid: Int32, error: String? = nil) async throws {
    try await send { state in
      state.ioId += 1
      return .object(
        CommandLayout.endOfFile,
        ["ioId": .int(state.ioId), "oid": .int(oid), "error": error.map { JavaException.io($0) } ?? .null])
    }
  }

  /// Lets the controller forget a stream.
  func unexport(_ oid: Int32) async throws {
    try await send { state in
      state.ioId += 1
      return .object(CommandLayout.unexport, ["ioId": .int(state.ioId), "oid": .int(oid)])
    }
  }
}
