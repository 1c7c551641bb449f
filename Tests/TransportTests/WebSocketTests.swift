import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanTransport

/// Conversations with a real WebSocket server.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct WebSocketTests {
  private let server: ScriptedPeer

  init() async throws { server = try await ScriptedPeer("websocket-server.py") }

  private func open(
    _ path: String, port: String = "plain", _ change: (inout WebSocketOptions) -> Void = { _ in }
  ) async throws -> WebSocket {
    var options = WebSocketOptions()
    change(&options)
    let address = try WebAddress("http://127.0.0.1:\(server[port])\(path)")
    guard case .open(let socket, _) = try await WebSocket.connect(address, options: options) else {
      throw TransportError(.connectionLost, "refused")
    }
    return socket
  }

  @Test func messagesOfEveryLengthComeBack() async throws {
    let socket = try await open("/echo")
    for length in [0, 1, 125, 126, 127, 8192, 65_535, 65_536, 900_000] {
      let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      try await socket.send(message)
      #expect(try await socket.receive() == message)
    }
    await socket.close()
    await #expect(throws: TransportError.self) { try await socket.send([1]) }
  }

  @Test func piecesAreJoinedAndPingsBetweenThemAnswered() async throws {
    let socket = try await open("/pieces")
    let message = (0..<50_500).map { UInt8(truncatingIfNeeded: $0) }
    try await socket.send(message)
    #expect(try await socket.receive() == message)
    await socket.close()
  }

  @Test func messagesKeepTheirOrderAmongManySenders() async throws {
    let socket = try await open("/count") { $0.sendBuffer = 10_000 }
    async let sent: Void = {
      for length in 1...2000 { try await socket.send([UInt8](repeating: 7, count: length)) }
    }()
    for length in 1...2000 { #expect(try await socket.receive() == Array("\(length)".utf8)) }
    try await sent
    await socket.close()
  }

  @Test func aSlowReaderHoldsTheServerBack() async throws {
    let socket = try await open("/flood") { $0.receiveBuffer = 200_000 }
    try await Task.sleep(for: .milliseconds(300))
    for number in 0..<1024 {
      let message = try #require(try await socket.receive())
      #expect(message.count == 65_536)
      #expect(message.prefix(4).reduce(0) { $0 << 8 | Int($1) } == number)
    }
    await socket.close()
  }

  @Test func aGoodEndAndACutAreToldApart() async throws {
    let closed = try await open("/bye")
    #expect(try await closed.receive() == Array("last".utf8))
    #expect(try await closed.receive() == nil)
    #expect(try await closed.receive() == nil)
    let cut = try await open("/cut")
    let error = await #expect(throws: TransportError.self) { _ = try await cut.receive() }
    #expect(error?.code == .connectionLost)
  }

  @Test func aServerThatIsNotThereIsAnError() async throws {
    for (url, code) in [
      ("http://127.0.0.1:1/", TransportError.Code.cannotConnect), ("http://host.invalid/", .cannotResolve),
    ] {
      let address = try WebAddress(url)
      let error = await #expect(throws: TransportError.self) { _ = try await WebSocket.connect(address) }
      #expect(error?.code == code, "\(error as Any)")
    }
    let silent = try WebAddress("https://127.0.0.1:\(server["silent"])/")
    var options = WebSocketOptions()
    options.connectTimeout = .milliseconds(300)
    let error = await #expect(throws: TransportError.self) {
      _ = try await WebSocket.connect(silent, options: options)
    }
    #expect(error != nil)
  }

  @Test func aRefusalIsAnAnswer() async throws {
    let address = try WebAddress("http://127.0.0.1:\(server["plain"])/forbidden")
    guard case .refused(let status, let headers, let text) = try await WebSocket.connect(address) else {
      Issue.record("not refused")
      return
    }
    #expect(status == 403)
    #expect(headers["X-Reason"] == "no")
    #expect(text.contains("go away"))
  }

  @Test func aWrongAcceptIsRefused() async throws {
    let error = await #expect(throws: TransportError.self) { _ = try await open("/wrong", port: "silent") }
    #expect(error?.message.contains("handshake wrongly") == true)
  }

  @Test func aBrokenFrameEndsTheConnection() async throws {
    let socket = try await open("/broken", port: "silent")
    let error = await #expect(throws: TransportError.self) { _ = try await socket.receive() }
    #expect(error?.message.contains("protocol") == true)
  }

  @Test func aSilentServerIsNoticed() async throws {
    let socket = try await open("/never", port: "silent") {
      $0.pingAfter = .milliseconds(100)
      $0.lostAfter = .milliseconds(300)
    }
    let error = await #expect(throws: TransportError.self) { _ = try await socket.receive() }
    #expect(error?.code == .stalled)
  }

  @Test func aWaitingReceiverCanBeCancelled() async throws {
    let socket = try await open("/never", port: "silent")
    let reader = Task { try await socket.receive() }
    try await Task.sleep(for: .milliseconds(50))
    reader.cancel()
    await #expect(throws: CancellationError.self) { _ = try await reader.value }
    await socket.close()
  }

  @Test(.enabled(if: TestProgram.find("openssl") != nil || isCI, "openssl is not installed"))
  func anAuthorityOfOurOwnIsTrustedOnlyWhenConfigured() async throws {
    let certificates = try await TestCertificates()
    let secure = try await ScriptedPeer("websocket-server.py", [certificates.path])
    let address = try WebAddress("https://localhost:\(secure["tls"])/echo")
    let error = await #expect(throws: TransportError.self) { _ = try await WebSocket.connect(address) }
    #expect(error?.code == .insecure)
    var configuration = HTTPConfiguration()
    configuration.caFile = certificates.path + "/ca.pem"
    // The certificate names the host, not its address.
    let other = try WebAddress("https://127.0.0.1:\(secure["tls"])/echo")
    let misnamed = await #expect(throws: TransportError.self) {
      _ = try await WebSocket.connect(other, configuration: configuration)
    }
    #expect(misnamed?.code == .insecure && misnamed?.message.contains("mismatch") == true, "\(misnamed as Any)")
    configuration.clientCertificate = certificates.path + "/client.crt"
    let keyless = await #expect(throws: TransportError.self) {
      _ = try await WebSocket.connect(address, configuration: configuration)
    }
    #expect(keyless?.message.contains("client.crt cannot be used") == true)
    configuration.clientKey = certificates.path + "/client.key"
    let strict = try WebAddress("https://localhost:\(secure["strict"])/echo")
    guard case .open(let known, _) = try await WebSocket.connect(strict, configuration: configuration) else {
      Issue.record("refused with a certificate")
      return
    }
    await known.close()
    configuration.clientCertificate = nil
    await #expect(throws: TransportError.self) {
      _ = try await WebSocket.connect(strict, configuration: configuration)
    }
    guard case .open(let socket, _) = try await WebSocket.connect(address, configuration: configuration) else {
      Issue.record("refused")
      return
    }
    let message = [UInt8](repeating: 9, count: 300_000)
    try await socket.send(message)
    #expect(try await socket.receive() == message)
    await socket.close()
  }

  @Test func headerFieldsAreSentAndAProxyIsUsed() async throws {
    var headers = HTTPHeaders()
    headers.add("Node-Name", "builder 1")
    var configuration = HTTPConfiguration()
    configuration.proxy = "http://127.0.0.1:\(server["proxy"])"
    let address = try WebAddress("http://127.0.0.1:\(server["plain"])/headers")
    guard
      case .open(let socket, _) = try await WebSocket.connect(address, headers: headers, configuration: configuration)
    else {
      Issue.record("refused")
      return
    }
    let received = try #require(try await socket.receive())
    let fields = try JSONDecoder().decode([String: String].self, from: Data(received))
    #expect(fields["node-name"] == "builder 1")
    #expect(fields["sec-websocket-extensions"] == nil)
    await socket.close()
  }
}
