import CSandbox
import Foundation
import JourneymanSupport
import Synchronization

/// The worker's end of the socket to journeyman-init: sends requests, matches replies.
///
/// Replies come from a process that lives among a build's own: sizes are fixed, unknown messages are ignored, and
/// descriptors nobody asked for are closed.
final class InitConnection: Sendable {
  /// A reply with the descriptor that came with it, if any; the receiver owns it.
  struct Reply: Sendable {
    var message: sandbox_message
    var descriptor: Int32?
  }

  private enum Key: Hashable {
    case setUp
    case command(UInt32)
    case directory(UInt32)
    case list
  }

  private struct State {
    var closed = false
    /// How the plan got on, when nobody has asked yet.
    var setUp: Reply?
    /// The step that failed after init had answered.
    var lateFailure: sandbox_message?
    var next: UInt32 = 1
    var waiting: [Key: CheckedContinuation<Reply?, Never>] = [:]
    /// Ends of commands that nobody has asked for yet.
    var early: [UInt32: Reply] = [:]
    var listed: [Reply] = []
  }

  private let socket: OwnedDescriptor
  private let state = Mutex(State())

  init(_ socket: consuming OwnedDescriptor) throws(SystemError) {
    self.socket = socket
    try watch()
  }

  /// Starts journeyman-init with the other end of a new connection and sends it its plan; ``ready()`` tells how it got on.
  ///
  /// - Parameter prepare: what has to be done to the process before, on the thread that starts it.
  static func start(
    _ request: SpawnRequest, plan: SetupPlan, descriptors: [Int32],
    prepare: @escaping @Sendable (Int32) throws(SandboxError) -> Void
  ) async throws -> (ChildProcess, InitConnection) {
    let sockets = try SequencedSockets()
    let passed = [OwnedFile(try PrivateFile.holding(plan.encoded(), name: "plan"))]
    var request = request
    request.passing = [sockets.theirs.number] + request.passing
    let ours = sockets.ours.number
    let process = try await ChildProcess.start(request) { processID throws(SandboxError) in
      try prepare(processID)
      var message = sandbox_message(type: SANDBOX_MESSAGE_SET_UP)
      let all = passed.map(\.number) + descriptors
      // That init has died already is told by the closed connection.
      if sandbox_send(ours, &message, nil, all, all.count) != 0 && errno != EPIPE {
        let error = SystemError("send the sandbox its plan")
        throw SandboxError(.system, "\(error)", underlying: error)
      }
    }
    do {
      return (process, try InitConnection(sockets.ours))
    } catch {
      process.signal(SIGKILL)
      _ = await process.wait()
      throw error
    }
  }

  /// Waits until the plan has been performed.
  ///
  /// - Returns: `nil` when init died meanwhile.
  func ready() async -> Reply? {
    await withCheckedContinuation { continuation in
      let known: Reply?? = state.withLock { state in
        if let reply = state.setUp { return .some(reply) }
        if state.closed { return .some(nil) }
        state.waiting[.setUp] = continuation
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Why the sandbox could not be finished, although ``ready()`` has said that it would be; known once init has ended.
  var lateFailure: SystemError? {
    state.withLock { $0.lateFailure }.map { SystemError("finish the sandbox", number: $0.error) }
  }

  /// Starts a command and returns its number; ``end(of:)`` tells how it ends.
  func start(_ command: EncodedCommand) throws(SystemError) -> UInt32 {
    let id = newID()
    var message = sandbox_message(type: SANDBOX_MESSAGE_RUN, id: id)
    message.value = command.present
    if command.bytes.count <= Int(SANDBOX_LONGEST_PAYLOAD) {
      try send(message, payload: command.bytes, command.descriptors)
    } else {
      let file = try PrivateFile.holding(command.bytes, name: "command")
      try send(message, [file.number] + command.descriptors)
    }
    return id
  }

  /// Waits for the end of a command, or for the refusal to start it; `nil` when init died.
  func end(of id: UInt32) async -> Reply? {
    await withCheckedContinuation { continuation in
      let known: Reply?? = state.withLock { state in
        if let reply = state.early.removeValue(forKey: id) { return .some(reply) }
        if state.closed { return .some(nil) }
        state.waiting[.command(id)] = continuation
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Sends a signal to a command's group, or asks to have the group killed at its end.
  func tell(_ type: sandbox_message_type, id: UInt32 = 0, value: Int32 = 0) {
    var message = sandbox_message(type: type, id: id)
    message.value = value
    // A closed connection means that everything has ended already.
    try? send(message, [])
  }

  /// A descriptor of a directory as the sandbox sees it.
  func openDirectory(_ path: String) async throws -> OwnedDescriptor {
    let file = try PrivateFile.holding(Array(path.utf8) + [0], name: "path")
    let id = newID()
    let reply = try await ask(
      .directory(id), sandbox_message(type: SANDBOX_MESSAGE_OPEN_DIRECTORY, id: id), [file.number])
    guard let reply else { throw SandboxError(.ended, "cannot open \(path): the sandbox has ended") }
    guard let descriptor = reply.descriptor else {
      throw SystemError("open \(path) in the sandbox", number: reply.message.error)
    }
    return OwnedDescriptor(taking: descriptor)
  }

  /// The commands that a durable sandbox knows: running ones have no end yet.
  func list() async throws(SystemError) -> [Reply] {
    state.withLock { $0.listed = [] }
    _ = try await ask(.list, sandbox_message(type: SANDBOX_MESSAGE_LIST), [])
    return state.withLock { $0.listed }
  }

  /// Lets go of everybody who waits: init is gone.
  func close() {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      state.closed = true
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume(returning: nil) }
    shutdown(socket.number, Int32(SHUT_RDWR))
  }

  private func newID() -> UInt32 {
    state.withLock { state in
      defer { state.next &+= 1 }
      return state.next
    }
  }

  private func send(
    _ message: sandbox_message, payload: [UInt8] = [], _ descriptors: [Int32]
  ) throws(SystemError) {
    var message = message
    message.payload_bytes = UInt32(payload.count)
    let result = sandbox_send(socket.number, &message, payload, descriptors, descriptors.count)
    if result != 0 { throw SystemError("reach the sandbox") }
  }

  private func ask(_ key: Key, _ message: sandbox_message, _ descriptors: [Int32]) async throws(SystemError) -> Reply? {
    let failure = Mutex<SystemError?>(nil)
    let reply: Reply? = await withCheckedContinuation { continuation in
      let closed = state.withLock { state in
        if !state.closed { state.waiting[key] = continuation }
        return state.closed
      }
      if closed { return continuation.resume(returning: nil) }
      do throws(SystemError) {
        try send(message, descriptors)
      } catch {
        failure.withLock { $0 = error }
        state.withLock { $0.waiting.removeValue(forKey: key) }?.resume(returning: nil)
      }
    }
    if let error = failure.withLock({ $0 }), reply == nil, error.number != EPIPE { throw error }
    return reply
  }

  private func watch() throws(SystemError) {
    try Reaper.shared.whenReadable(socket.number) { [weak self] in self?.receiveAll() }
  }

  private func receiveAll() {
    while true {
      var message = sandbox_message()
      var descriptors = [Int32](repeating: -1, count: Int(SANDBOX_MOST_DESCRIPTORS))
      var count = 0
      switch sandbox_receive(socket.number, &message, nil, &descriptors, &count) {
      case 1: dispatch(message, Array(descriptors.prefix(count)))
      case 0: return close()
      default:
        if errno == EBADMSG { continue }
        if errno != EAGAIN { return close() }
        do { try watch() } catch { close() }
        return
      }
    }
  }

  private func dispatch(_ message: sandbox_message, _ descriptors: [Int32]) {
    let reply = Reply(message: message, descriptor: descriptors.first)
    for extra in descriptors.dropFirst() { Foundation.close(extra) }
    let continuation: CheckedContinuation<Reply?, Never>? = state.withLock { state in
      switch sandbox_message_type(message.type) {
      case SANDBOX_MESSAGE_READY, SANDBOX_MESSAGE_NOT_READY:
        if message.type == SANDBOX_MESSAGE_NOT_READY.rawValue { state.lateFailure = message }
        if let waiting = state.waiting.removeValue(forKey: .setUp) { return waiting }
        state.setUp = reply
        return nil
      case SANDBOX_MESSAGE_DIRECTORY: return state.waiting.removeValue(forKey: .directory(message.id))
      case SANDBOX_MESSAGE_LISTED: return state.waiting.removeValue(forKey: .list)
      case SANDBOX_MESSAGE_STARTED:
        state.listed.append(reply)
        state.next = max(state.next, message.id &+ 1)
        return nil
      case SANDBOX_MESSAGE_ENDED, SANDBOX_MESSAGE_NOT_STARTED:
        if let waiting = state.waiting.removeValue(forKey: .command(message.id)) { return waiting }
        if message.id < state.next { state.early[message.id] = reply }
        return nil
      default: return nil
      }
    }
    if let continuation {
      continuation.resume(returning: reply)
    } else if let descriptor = reply.descriptor {
      Foundation.close(descriptor)
    }
  }
}

extension sandbox_message {
  init(type: sandbox_message_type, id: UInt32 = 0) {
    self.init()
    self.type = type.rawValue
    self.id = id
  }
}
