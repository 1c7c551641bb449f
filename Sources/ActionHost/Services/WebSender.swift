internal import JourneymanActionKit
internal import JourneymanSupport
internal import JourneymanTransport
internal import Synchronization

/// Sends the HTTP requests of one action with the agent's proxy and certificate authorities.
final class WebSender: Sendable {
  private let plugin: String
  private let configuration: HTTPConfiguration?
  private let client = Mutex<HTTPClient?>(nil)

  init(plugin: String, configuration: HTTPConfiguration?) {
    self.plugin = plugin
    self.configuration = configuration
  }

  /// Ends what is under way.
  func end() { client.withLock { $0 }?.shutDown() }

  /// - Throws: `PluginError` when the network is not granted or there is no answer.
  func send(_ request: WebRequest) async throws -> WebResponse {
    guard let configuration else {
      throw PluginError(
        .notGranted,
        "the plugin '\(plugin)' may not use the network; its manifest has to ask for it, and for an external plugin "
          + "[plugin \"\(plugin)\"] network = true in agent.conf has to allow it")
    }
    let client = client.withLock { client in
      let present = client ?? HTTPClient(configuration)
      client = present
      return present
    }
    do {
      let answer = try await client.send(try Self.translated(request))
      withExtendedLifetime(request) {}
      return WebResponse(
        status: answer.status, headers: answer.headers.fields.map { ($0.name, $0.value) }, body: answer.body)
    } catch let error as TransportError {
      throw PluginError(Self.hopeless.contains(error.code) ? .request : .network, "\(error)", underlying: error)
    }
  }

  private static let hopeless: Set<TransportError.Code> = [
    .invalidRequest, .insecure, .tooLarge, .redirectRefused, .unreadableBody,
  ]

  private static func translated(_ request: WebRequest) throws -> HTTPRequest {
    var translated = HTTPRequest(request.method, try WebAddress(request.url))
    for header in request.headers { translated.headers.add(header.name, header.value) }
    switch request.body {
    case .none: break
    case .bytes(let bytes): translated.body = .bytes(bytes)
    case .file(let file): translated.body = .file(descriptor: file.descriptor, offset: 0, length: file.size)
    }
    switch request.authorization {
    case nil: break
    case .bearer(let token): translated.authorization = .bearer(Secret(token.reveal()))
    case .basic(let user, let password):
      translated.authorization = .basic(user: user, password: Secret(password.reveal()))
    }
    switch request.redirects {
    case .none: translated.redirects = .refuse
    case .sameOrigin: translated.redirects = .sameOrigin(limit: 10)
    case .any: translated.redirects = .follow(limit: 10)
    }
    translated.expectsContinue = request.expectsContinue
    translated.sink = .memory(limit: min(max(request.answerLimit, 0), 1 << 30))
    translated.timeouts.total = request.timeout
    return translated
  }
}
