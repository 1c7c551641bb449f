internal import CLinux
internal import Foundation
internal import JourneymanSupport
internal import Synchronization

/// The thread of one WebSocket and what it shares with callers.
final class WebSocketEngine: Sendable {
  private struct State {
    var outgoing: [[UInt8]] = []
    var outgoingBytes = 0
    var senders: [CheckedContinuation<Void, any Error>] = []
    var incoming: [[UInt8]] = []
    var incomingBytes = 0
    var receiver: CheckedContinuation<[UInt8]?, any Error>?
    /// Set once nothing more is received: `nil` error for a good end.
    var end: Result<Void, any Error>?
    var isClosing = false
    var isCut = false
    var hasEnded = false
    var closers: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let opening: WebSocketOpening
  private let options: WebSocketOptions
  private let wakeRead: Int32
  private let wakeWrite: Int32

  init(_ opening: WebSocketOpening, _ options: WebSocketOptions) throws {
    self.opening = opening
    self.options = options
    var pipe = try JourneymanSupport.Pipe()
    wakeRead = pipe.readEnd.take()?.release() ?? -1
    wakeWrite = pipe.writeEnd.take()?.release() ?? -1
    _ = journeyman_set_nonblocking(wakeRead)
    _ = journeyman_set_nonblocking(wakeWrite)
  }

  deinit {
    Foundation.close(wakeRead)
    Foundation.close(wakeWrite)
  }

  func start() throws {
    try SystemThread.start("websocket") {
      TransferEngine.holdBackBrokenPipes()
      var loop = WebSocketLoop(self.opening, self.options, self)
      self.finish(loop.run())
    }
  }

  private func wake() {
    var byte: UInt8 = 1
    _ = write(wakeWrite, &byte, 1)
  }

  /// Has the thread's next wait return at once.
  func wakeAgain() { wake() }

  // MARK: Callers

  func enqueue(_ messages: [[UInt8]]) throws {
    let frames = messages.map {
      WebSocketFrame.encode(.binary, $0, mask: WebSocketRandom.bytes(4))
    }
    try state.withLock { state in
      if state.hasEnded || state.isClosing { throw Self.closed }
      state.outgoing += frames
      state.outgoingBytes += frames.reduce(0) { $0 + $1.count }
    }
    wake()
  }

  func waitForRoom() async throws {
    try await withCheckedThrowingContinuation { continuation in
      let outcome: Result<Void, any Error>? = state.withLock { state in
        if state.hasEnded { return .failure(Self.closed) }
        if state.outgoingBytes <= options.sendBuffer { return .success(()) }
        state.senders.append(continuation)
        return nil
      }
      if let outcome { continuation.resume(with: outcome) }
    }
  }

  private static let closed = TransportError(.connectionLost, "the WebSocket connection has ended")

  func receive() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome: Result<[UInt8]?, any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if !state.incoming.isEmpty {
            let message = state.incoming.removeFirst()
            let wasFull = state.incomingBytes >= options.receiveBuffer
            state.incomingBytes -= message.count
            if wasFull && state.incomingBytes < options.receiveBuffer { wake() }
            return .success(message)
          }
          if let end = state.end { return end.map { nil } }
          state.receiver = continuation
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let receiver = state.withLock { state in
        defer { state.receiver = nil }
        return state.receiver
      }
      receiver?.resume(throwing: CancellationError())
    }
  }

  func close() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        state.isClosing = true
        if state.hasEnded { return true }
        state.closers.append(continuation)
        return false
      }
      if isOver { continuation.resume() } else { wake() }
    }
  }

  func cut() {
    state.withLock { $0.isCut = true }
    wake()
  }

  // MARK: The thread's side

  /// What the thread has to look after.
  struct Work {
    /// Frames to send, in order.
    let frames: [[UInt8]]
    let isClosing: Bool
    let isCut: Bool
    /// Whether there is room for what is received.
    let hasRoom: Bool
  }

  func takeWork() -> Work {
    state.withLock { state in
      defer { state.outgoing = [] }
      return Work(
        frames: state.outgoing, isClosing: state.isClosing, isCut: state.isCut,
        hasRoom: state.incomingBytes < options.receiveBuffer)
    }
  }

  /// Bytes of callers' frames have left.
  func sent(_ count: Int) {
    let senders = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
      state.outgoingBytes -= count
      if state.outgoingBytes > options.sendBuffer { return [] }
      defer { state.senders = [] }
      return state.senders
    }
    for sender in senders { sender.resume() }
  }

  func deliver(_ message: [UInt8]) {
    let receiver = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      if let receiver = state.receiver {
        state.receiver = nil
        return receiver
      }
      state.incoming.append(message)
      state.incomingBytes += message.count
      return nil
    }
    receiver?.resume(returning: message)
  }

  /// Waits for the socket or a call.
  func wait(for events: Int16, milliseconds: Int32) {
    var entries = [
      pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0),
      pollfd(fd: events == 0 ? -1 : opening.link.descriptor, events: events, revents: 0),
    ]
    poll(&entries, 2, milliseconds)
    if entries[0].revents != 0 {
      var drain = [UInt8](repeating: 0, count: 256)
      while read(wakeRead, &drain, drain.count) > 0 {}
    }
  }

  private func finish(_ end: Result<Void, any Error>) {
    let (receiver, senders, closers) = state.withLock { state in
      state.end = end
      state.hasEnded = true
      defer {
        state.receiver = nil
        state.senders = []
        state.closers = []
      }
      return (state.receiver, state.senders, state.closers)
    }
    receiver?.resume(with: end.map { nil })
    for sender in senders { sender.resume(throwing: Self.closed) }
    for closer in closers { closer.resume() }
  }
}
