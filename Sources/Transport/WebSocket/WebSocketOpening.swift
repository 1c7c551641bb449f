internal import Foundation
internal import JourneymanSupport

/// A connection after its handshake, still on the thread that made it.
final class WebSocketOpening: Sendable {
  let origin: WebAddress.Origin
  let link: any WebSocketLink
  let answer: WebSocketHandshake.Answer
  /// What came behind the answer: the first frames, or the content of a refusal.
  let rest: [UInt8]

  /// Connects, sends the handshake and reads the answer's head. Blocks.
  ///
  /// - Throws: ``TransportError``, also when the answer's status is 101 but it does not fit.
  init(_ plan: TransferPlan, _ options: WebSocketOptions) throws {
    let origin = plan.address.origin
    let deadline = ContinuousClock.now + options.connectTimeout
    TransferEngine.holdBackBrokenPipes()
    let link = try WebSocketConnecting.connect(plan, until: deadline)
    let handshake = WebSocketHandshake(
      plan.address, headerLines: plan.headerLines.filter { $0 != "Expect:" },
      nonce: WebSocketRandom.bytes(16))
    var unsent = handshake.request[...]
    while !unsent.isEmpty {
      guard let count = link.send(unsent) else { throw Self.lost(origin) }
      unsent = unsent.dropFirst(count)
      if count == 0 { try Self.wait(link, for: Int16(POLLOUT), until: deadline, origin) }
    }
    let end = Array("\r\n\r\n".utf8)
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      if let place = Self.place(of: end, in: received) {
        guard let answer = WebSocketHandshake.parse(String(decoding: received[..<place], as: UTF8.self)) else {
          throw TransportError(.connectionLost, "\(origin) does not answer in HTTP")
        }
        if answer.status == 101 && !handshake.isAccepted(answer) {
          throw TransportError(
            .connectionLost, "\(origin) answers the WebSocket handshake wrongly; is there a proxy in between?")
        }
        self.origin = origin
        self.link = link
        self.answer = answer
        var rest = Array(received[(place + end.count)...])
        if answer.status != 101 {
          Self.read(&rest, of: answer, from: link, origin, until: min(deadline, .now + Self.patience))
        }
        self.rest = rest
        return
      }
      if received.count > WebSocketHandshake.longestAnswer {
        throw TransportError(.tooLarge, "\(origin) answers the WebSocket handshake with too many header fields")
      }
      switch buffer.withUnsafeMutableBytes({ link.receive(into: $0) }) {
      case .bytes(let count): received += buffer[..<count]
      case .nothing: try Self.wait(link, for: Int16(POLLIN), until: deadline, origin)
      case .end: throw Self.lost(origin)
      }
    }
  }

  /// How long the content of a refusal may take, which is for people alone.
  private static let patience = Duration.seconds(5)

  /// Reads a refusal's content as far as it comes.
  private static func read(
    _ content: inout [UInt8], of answer: WebSocketHandshake.Answer, from link: any WebSocketLink,
    _ origin: WebAddress.Origin, until deadline: ContinuousClock.Instant
  ) {
    let length = min(answer.headers["Content-Length"].flatMap(Int.init) ?? .max, WebSocketHandshake.longestAnswer)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while content.count < length, !content.suffix(5).elementsEqual("0\r\n\r\n".utf8) {
      switch buffer.withUnsafeMutableBytes({ link.receive(into: $0) }) {
      case .bytes(let count): content += buffer[..<count]
      case .nothing: if (try? wait(link, for: Int16(POLLIN), until: deadline, origin)) == nil { return }
      case .end: return
      }
    }
  }

  private static func lost(_ origin: WebAddress.Origin) -> TransportError {
    TransportError(.connectionLost, "\(origin) closed the connection before it answered")
  }

  private static func wait(
    _ link: any WebSocketLink, for events: Int16, until deadline: ContinuousClock.Instant, _ origin: WebAddress.Origin
  ) throws {
    let left = ContinuousClock.now.duration(to: deadline)
    var entry = pollfd(fd: link.descriptor, events: events, revents: 0)
    if left <= .zero || poll(&entry, 1, Int32(clamping: Int(left.seconds * 1000) + 1)) == 0 {
      throw TransportError(.timedOut, "\(origin) did not answer the WebSocket handshake in time")
    }
  }

  private static func place(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= needle.count else { return nil }
    return (0...bytes.count - needle.count).first { bytes[$0..<$0 + needle.count].elementsEqual(needle) }
  }
}

/// Random bytes for keys and masks.
enum WebSocketRandom {
  static func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }
}
