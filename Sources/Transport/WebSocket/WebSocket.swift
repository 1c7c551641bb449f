internal import Foundation
internal import JourneymanSupport

/// How a WebSocket behaves.
public struct WebSocketOptions: Sendable, Hashable {
  /// The longest message that is taken, in bytes.
  public var longestMessage = 1 << 20
  /// How many received bytes wait for their reader before the connection is not read any further.
  public var receiveBuffer = 1 << 20
  /// How many bytes wait to be sent before ``WebSocket/send(_:)`` waits too.
  public var sendBuffer = 1 << 20
  /// Until there is a connection and an answer to the handshake.
  public var connectTimeout: Duration = .seconds(30)
  /// After so long without anything from the server a ping is sent.
  public var pingAfter: Duration = .seconds(45)
  /// After so long without anything from the server the connection counts as lost.
  public var lostAfter: Duration = .seconds(120)

  /// The defaults.
  public init() {}
}

/// A server's answer to a WebSocket handshake.
public enum WebSocketAnswer: Sendable {
  /// The connection is open; with the header fields of the answer.
  case open(WebSocket, HTTPHeaders)
  /// The server answered something else, such as 403; with the beginning of what it says about it.
  case refused(status: Int, HTTPHeaders, text: String)
}

/// A WebSocket (RFC 6455) as a client has it, with one thread for its connection.
///
/// Messages are bytes. Pings are answered by the connection itself. Releasing it cuts the connection.
public final class WebSocket: Sendable {
  private let engine: WebSocketEngine

  init(_ engine: WebSocketEngine) { self.engine = engine }

  deinit { engine.cut() }

  /// Connects and shakes hands.
  ///
  /// - Parameters:
  ///   - address: an `http` or `https` URL; they stand for `ws` and `wss`.
  ///   - headers: further header fields of the request.
  ///   - configuration: certificates and proxy.
  /// - Throws: ``TransportError``.
  public static func connect(
    _ address: WebAddress, headers: HTTPHeaders = HTTPHeaders(), configuration: HTTPConfiguration = HTTPConfiguration(),
    options: WebSocketOptions = WebSocketOptions()
  ) async throws -> WebSocketAnswer {
    var request = HTTPRequest("GET", address)
    request.headers = headers
    request.timeouts = HTTPTimeouts(connect: options.connectTimeout, idle: nil)
    let plan = try TransferPlan(request, configuration)
    let opening = try await runBlocking { try WebSocketOpening(plan, options) }
    guard opening.answer.status == 101 else {
      return .refused(
        status: opening.answer.status, opening.answer.headers, text: String(decoding: opening.rest, as: UTF8.self))
    }
    let engine = try WebSocketEngine(opening, options)
    try engine.start()
    return .open(WebSocket(engine), opening.answer.headers)
  }

  /// Sends a binary message; waits while ``WebSocketOptions/sendBuffer`` is full. Messages are sent in the order in which
  /// the calls were made.
  ///
  /// - Throws: ``TransportError`` when the connection has ended.
  public func send(_ message: [UInt8]) async throws {
    try enqueue([message])
    try await waitForRoom()
  }

  /// Has binary messages sent one directly after the other, without waiting: follow it by ``waitForRoom()``.
  ///
  /// - Throws: ``TransportError`` when the connection has ended.
  public func enqueue(_ messages: [[UInt8]]) throws { try engine.enqueue(messages) }

  /// Waits until no more than ``WebSocketOptions/sendBuffer`` bytes wait to be sent.
  ///
  /// - Throws: ``TransportError`` when the connection has ended.
  public func waitForRoom() async throws { try await engine.waitForRoom() }

  /// Waits for the next message. One caller at a time.
  ///
  /// - Returns: `nil` when the server has closed the connection in good order.
  /// - Throws: ``TransportError`` when it broke, or `CancellationError`.
  public func receive() async throws -> [UInt8]? { try await engine.receive() }

  /// Closes: sends what waits to be sent and a close frame, and waits for the server's for two seconds at most.
  public func close() async { await engine.close() }
}
