internal import CGit2
internal import JourneymanSupport
internal import JourneymanTransport

/// A conversation over HTTP ("smart HTTP", gitprotocol-http).
///
/// libgit2's own HTTP transport is not used: it sends credentials on to the host of a redirect, takes one set of
/// certificate authorities for the whole process, and can neither be cancelled nor notice a connection that stands
/// still.
final class WebConnection: SmartConnection {
  static let isStateless = true

  private let context: FetchContext
  private let client: WebClient
  /// The repository's address, after redirects.
  private var base: String

  private static let longestRedirectChain = 5
  private static let longestListing = 512 << 20

  init(_ context: FetchContext) {
    self.context = context
    client = WebClient(context.access.options)
    base = context.url.description
    while base.hasSuffix("/") { base.removeLast() }
  }

  func open(_ service: git_smart_service_t) throws -> any SmartStream {
    switch service {
    case GIT_SERVICE_UPLOADPACK_LS: return try openListing(.upload)
    case GIT_SERVICE_RECEIVEPACK_LS: return try openListing(.receive)
    case GIT_SERVICE_UPLOADPACK: return WebNegotiation { body in try self.exchange(.upload, body) }
    case GIT_SERVICE_RECEIVEPACK: return WebNegotiation { body in try self.exchange(.receive, body) }
    default: throw CheckoutError(.git, "a git server has no service \(service.rawValue)")
    }
  }

  func close() {}

  /// Asks for the references. The list is kept whole, because only its end tells where redirects have led.
  private func openListing(_ service: GitService) throws -> WebListing {
    let suffix = "/info/refs" + (base.contains("?") ? "&" : "?") + "service=" + service.rawValue
    var request = HTTPRequest("GET", try WebAddress(base + suffix))
    request.headers.add("Accept", "*/*")
    request.redirects = .follow(limit: Self.longestRedirectChain)
    request.sink = .memory(limit: Self.longestListing)
    let response = try client.exchange(request, context, isStreamed: false).finished()
    if response.address.text != request.address.text {
      guard response.address.text.hasSuffix(suffix) else {
        throw CheckoutError(
          .refused, "\(context.url) redirects to what is no git repository: \(response.address)")
      }
      base = String(response.address.text.dropLast(suffix.count))
    }
    guard response.headers["Content-Type"]?.hasPrefix("application/x-\(service.rawValue)-advertisement") == true else {
      throw CheckoutError(
        .repositoryNotFound,
        "\(response.address.origin) answers, but not as a git server; check the URL \(context.url)")
    }
    return WebListing(response.body, context)
  }

  private func exchange(_ service: GitService, _ body: [UInt8]) throws -> WebContent {
    var request = HTTPRequest("POST", try WebAddress("\(base)/\(service.rawValue)"))
    request.headers.add("Content-Type", "application/x-\(service.rawValue)-request")
    request.headers.add("Accept", "application/x-\(service.rawValue)-result")
    request.body = .bytes(body)
    return try client.exchange(request, context, isStreamed: true)
  }
}
