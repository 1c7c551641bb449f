/// What a server sent.
enum WebSocketEvent: Equatable {
  case message([UInt8])
  case ping([UInt8])
  case pong
  /// The peer closes, with this status, if it gave one.
  case close(UInt16?)
}

/// Puts messages together from frames that come in pieces, strictly by RFC 6455.
struct WebSocketDecoder {
  private let limit: Int
  private var buffer: [UInt8] = []
  /// The opcode and payload of a message whose end has not come.
  private var opcode: WebSocketFrame.Opcode?
  private var message: [UInt8] = []

  /// - Parameter limit: the longest message that is taken.
  init(limit: Int) { self.limit = limit }

  /// Takes bytes and returns what they complete.
  ///
  /// - Throws: ``TransportError`` for bytes that break the protocol, or a message that is too long.
  mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> [WebSocketEvent] {
    buffer += bytes
    var events: [WebSocketEvent] = []
    var start = 0
    while let (event, next) = try frame(at: start) {
      start = next
      if let event { events.append(event) }
    }
    buffer.removeSubrange(0..<start)
    return events
  }

  /// Reads the frame at a place of the buffer.
  ///
  /// - Returns: the event it completes, if any, and where the next frame begins; `nil` when it has not come whole.
  private mutating func frame(at start: Int) throws(TransportError) -> (WebSocketEvent?, Int)? {
    guard buffer.count - start >= 2 else { return nil }
    let first = buffer[start]
    let second = buffer[start + 1]
    guard first & 0x70 == 0, let code = WebSocketFrame.Opcode(rawValue: first & 0x0F) else {
      throw broken("uses an extension that was not agreed on")
    }
    guard second & 0x80 == 0 else { throw broken("masks a frame, which only clients do") }
    let isFinal = first & 0x80 != 0
    var length = Int(second)
    var header = 2
    if length >= 126 {
      let width = length == 126 ? 2 : 8
      guard buffer.count - start >= 2 + width else { return nil }
      header += width
      let value = buffer[start + 2..<start + header].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      guard value >= (width == 2 ? 126 : 65_536), let short = Int(exactly: value) else {
        throw broken("writes a length in a way that is not allowed")
      }
      length = short
    }
    if code.isControl {
      guard isFinal, length <= WebSocketFrame.longestControl else { throw broken("sends a control frame in pieces") }
    } else {
      guard (code == .continuation) == (opcode != nil) else { throw broken("mixes up the pieces of its messages") }
      guard length <= limit - message.count else {
        throw TransportError(.tooLarge, "the server sends a WebSocket message of more than \(limit) bytes")
      }
    }
    let end = start + header + length
    guard buffer.count >= end else { return nil }
    return (try event(code, buffer[start + header..<end], isFinal), end)
  }

  private mutating func event(
    _ code: WebSocketFrame.Opcode, _ payload: ArraySlice<UInt8>, _ isFinal: Bool
  ) throws(TransportError) -> WebSocketEvent? {
    switch code {
    case .ping: return .ping(Array(payload))
    case .pong: return .pong
    case .close:
      guard payload.count != 1 else { throw broken("closes with half a status") }
      return .close(payload.count >= 2 ? payload.prefix(2).reduce(0 as UInt16) { $0 << 8 | UInt16($1) } : nil)
    case .continuation, .text, .binary:
      if code != .continuation { opcode = code }
      message += payload
      guard isFinal else { return nil }
      defer {
        opcode = nil
        message = []
      }
      if opcode == .text && String(validating: message, as: UTF8.self) == nil {
        throw broken("sends text that is not UTF-8")
      }
      return .message(message)
    }
  }

  private func broken(_ what: String) -> TransportError {
    TransportError(.connectionLost, "the server breaks the WebSocket protocol: it \(what)")
  }
}
