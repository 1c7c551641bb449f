internal import JourneymanSupport
internal import JourneymanTransport

/// Sends the requests of a checkout to web servers, with the credentials they may have.
final class WebClient {
  private let client: HTTPClient
  private var login: WebLogin?

  init(_ options: CheckoutOptions) {
    var configuration = HTTPConfiguration()
    configuration.caFile = options.certificateAuthorities
    configuration.proxy = options.proxy
    // Some servers serve git only to what calls itself so.
    configuration.userAgent = "git/journeyman-\(ProgramVersion.current)"
    client = HTTPClient(configuration)
  }

  deinit { client.shutDown() }

  /// Sends a request, with another credential when the server wants one.
  ///
  /// - Parameter isStreamed: whether the content is read from what is returned while it comes; otherwise it goes where
  ///   the request says.
  /// - Throws: ``CheckoutError`` for an answer that is none of success.
  func exchange(
    _ request: HTTPRequest, _ context: FetchContext, isStreamed: Bool, usesLogin: Bool = true
  ) throws -> WebContent {
    let login = login ?? WebLogin(context)
    self.login = login
    while true {
      var request = request
      if usesLogin { request.authorization = try login.authorization(for: request.address) }
      request.timeouts.idle = context.access.options.idleTimeout
      let content = try WebContent(client, request, isStreamed: isStreamed, context)
      guard let refusal = try content.refusal() else {
        login.wasAccepted()
        return content
      }
      if refusal.status == 401, usesLogin, try login.findAnother(after: refusal.address) { continue }
      throw WebDiagnosis.error(for: refusal, url: context.url, hadLogin: login.isKnown)
    }
  }

  /// Sends a request and waits for the whole answer.
  func send(
    _ request: HTTPRequest, for url: RepositoryURL, _ context: CheckoutContext, usesLogin: Bool
  ) throws -> HTTPResponse {
    let fetch = FetchContext(
      url: url, cancellation: context.cancellation, progress: context.progress, access: context.access)
    return try exchange(request, fetch, isStreamed: false, usesLogin: usesLogin).finished()
  }
}
