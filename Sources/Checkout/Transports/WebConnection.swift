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
    case GIT_SERVICE_UPLOADPACK_LS: return try openListing()
    case GIT_SERVICE_UPLOADPACK: return WebNegotiation { body in try self.openPack(asking: body) }
    default: throw CheckoutError(.git, "only fetching is possible over http")
    }
  }

  func close() {}

  /// Asks for the references. The list is kept whole, because only its end tells where redirects have led.
  private func openListing() throws -> WebListing {
    let suffix = "/info/refs" + (base.contains("?") ? "&" : "?") + "service=git-upload-pack"
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
    guard response.headers["Content-Type"]?.hasPrefix("application/x-git-upload-pack-advertisement") == true else {
      throw CheckoutError(
        .repositoryNotFound,
        "\(response.address.origin) answers, but not as a git server; check the URL \(context.url)")
    }
    return WebListing(response.body, context)
  }

  private func openPack(asking body: [UInt8]) throws -> WebContent {
    var request = HTTPRequest("POST", try WebAddress(base + "/git-upload-pack"))
    request.headers.add("Content-Type", "application/x-git-upload-pack-request")
    request.headers.add("Accept", "application/x-git-upload-pack-result")
    request.body = .bytes(body)
    return try client.exchange(request, context, isStreamed: true)
  }
}
