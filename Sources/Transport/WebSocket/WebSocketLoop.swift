internal import Foundation
internal import JourneymanSupport

/// What the thread of a WebSocket does: send, receive, answer pings, notice silence, close.
struct WebSocketLoop {
  private let link: any WebSocketLink
  private let origin: WebAddress.Origin
  private let options: WebSocketOptions
  private unowned let engine: WebSocketEngine
  private var decoder: WebSocketDecoder
  private var early: [UInt8]
  /// What is being sent, each with whether it is a caller's, whose account it leaves when sent.
  private var queue: [(frame: [UInt8], isCallers: Bool)] = []
  private var position = 0
  private var lastArrival = ContinuousClock.now
  private var hasPinged = false
  private var closeSent: ContinuousClock.Instant?
  private var closeReceived = false
  private var hasEnded = false

  private static let patience: Duration = .seconds(2)

  /// How long to wait for something to happen before silence is looked at, in milliseconds.
  private let rest: Int32

  init(_ opening: WebSocketOpening, _ options: WebSocketOptions, _ engine: WebSocketEngine) {
    rest = Int32(max(10, min(options.pingAfter, options.lostAfter, .seconds(60)).seconds * 1000 / 3))
    link = opening.link
    origin = opening.origin
    self.options = options
    self.engine = engine
    decoder = WebSocketDecoder(limit: options.longestMessage)
    early = opening.rest
  }

  /// Serves the connection to its end.
  mutating func run() -> Result<Void, any Error> {
    do {
      let first = early
      early = []
      try first.withUnsafeBytes { try take($0) }
      while true {
        let work = engine.takeWork()
        if work.isCut { return .success(()) }
        queue += work.frames.map { ($0, true) }
        if work.isClosing && closeSent == nil { sendClose([0x03, 0xE8]) }
        try sendQueue()
        if work.hasRoom || closeSent != nil { try receive() }
        if closeReceived && queue.isEmpty { return .success(()) }
        if hasEnded {
          if closeSent != nil { return .success(()) }
          throw TransportError(.connectionLost, "\(origin) cut the connection")
        }
        if let closeSent, ContinuousClock.now - closeSent > Self.patience { return .success(()) }
        try lookAfterSilence(isReading: work.hasRoom)
        let events = (work.hasRoom || closeSent != nil ? Int16(POLLIN) : 0) | (queue.isEmpty ? 0 : Int16(POLLOUT))
        engine.wait(for: events, milliseconds: closeSent == nil ? rest : 100)
      }
    } catch {
      return .failure(error)
    }
  }

  private mutating func enqueue(_ opcode: WebSocketFrame.Opcode, _ payload: [UInt8]) {
    queue.append((WebSocketFrame.encode(opcode, payload, mask: WebSocketRandom.bytes(4)), false))
  }

  private mutating func sendClose(_ status: [UInt8]) {
    enqueue(.close, status)
    closeSent = ContinuousClock.now
  }

  private mutating func sendQueue() throws {
    while let (frame, isCallers) = queue.first {
      guard let count = link.send(frame[position...]) else {
        throw TransportError(.connectionLost, "the connection to \(origin) broke while something was sent")
      }
      if count == 0 { return }
      position += count
      if position == frame.count {
        queue.removeFirst()
        position = 0
        if isCallers { engine.sent(frame.count) }
      }
    }
  }

  private mutating func receive() throws {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    // TLS may hold bytes that the socket does not show any more: read until there is nothing.
    for _ in 0..<64 {
      switch buffer.withUnsafeMutableBytes({ link.receive(into: $0) }) {
      case .bytes(let count): try buffer.withUnsafeBytes { try take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      case .nothing: return
      case .end:
        hasEnded = true
        return
      }
    }
    engine.wakeAgain()
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
    if bytes.isEmpty { return }
    lastArrival = ContinuousClock.now
    hasPinged = false
    for event in try decoder.feed(bytes) {
      switch event {
      case .message(let message): if !closeReceived { engine.deliver(message) }
      case .ping(let payload): if closeSent == nil { enqueue(.pong, payload) }
      case .pong: break
      case .close:
        closeReceived = true
        if closeSent == nil { sendClose([0x03, 0xE8]) }
      }
    }
    try sendQueue()
  }

  private mutating func lookAfterSilence(isReading: Bool) throws {
    guard isReading else {
      lastArrival = ContinuousClock.now
      return
    }
    let silence = ContinuousClock.now - lastArrival
    if silence > options.lostAfter {
      throw TransportError(
        .stalled,
        "nothing came from \(origin) for \(Int(options.lostAfter.seconds)) seconds, not even an answer to a ping")
    }
    if silence > options.pingAfter && !hasPinged && closeSent == nil {
      hasPinged = true
      enqueue(.ping, [])
      try sendQueue()
    }
  }
}
