internal import Foundation
public import JourneymanSupport

/// What holds for all requests of a client.
public struct HTTPConfiguration: Sendable, Hashable {
  /// Certificate authorities in PEM that servers are checked against; `nil` is the system's.
  public var caFile: String?
  /// A client certificate in PEM.
  public var clientCertificate: String?
  /// The certificate's key in PEM, if it is in a file of its own.
  public var clientKey: String?
  /// The password of the key.
  public var clientKeyPassword: Secret?
  /// A proxy's URL; `nil` is what the environment says (`https_proxy`, `no_proxy`…), the empty string is none.
  public var proxy: String?
  /// What requests call themselves.
  public var userAgent = "journeyman"

  /// The defaults.
  public init() {}
}

/// Sends HTTP requests: HTTP/1.1 over libcurl, any number at once, on one thread.
///
/// Cancelling the task that sends ends its request. Nothing is compressed, no cookies are kept, `.netrc` is not read.
public final class HTTPClient: Sendable {
  private let configuration: HTTPConfiguration
  private let engine: TransferEngine

  /// Starts a client. ``shutDown()`` ends it, at the latest when it is released.
  public init(_ configuration: HTTPConfiguration = HTTPConfiguration()) {
    self.configuration = configuration
    engine = TransferEngine()
  }

  deinit { engine.stop() }

  /// Ends all requests with ``TransportError/Code/shutDown``, also those to come.
  public func shutDown() { engine.stop() }

  /// Sends a request and waits for the whole answer.
  ///
  /// - Throws: ``TransportError``, or `CancellationError`.
  public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    var request = request
    var configuration = configuration
    var hops = 0
    while true {
      let plan = try TransferPlan(request, configuration)
      let answer = try await engine.run(plan)
      guard let target = answer.redirect, Self.isRedirect(answer.response.status) else { return answer.response }
      guard let next = try Self.follow(request, answer.response.status, to: target, after: hops) else {
        return answer.response
      }
      if next.address.origin != request.address.origin {
        configuration.clientCertificate = nil
        configuration.clientKey = nil
      }
      request = next
      hops += 1
    }
  }

  private static func isRedirect(_ status: Int) -> Bool { [301, 302, 303, 307, 308].contains(status) }

  /// The request that a redirect asks for, or `nil` if the policy hands redirects to the caller.
  static func follow(
    _ request: HTTPRequest, _ status: Int, to target: String, after hops: Int
  ) throws(TransportError) -> HTTPRequest? {
    let limit: Int
    let staysAtOrigin: Bool
    switch request.redirects {
    case .refuse: return nil
    case .sameOrigin(let hops): (limit, staysAtOrigin) = (hops, true)
    case .follow(let hops): (limit, staysAtOrigin) = (hops, false)
    }
    let from = request.address
    if hops >= limit {
      throw TransportError(.redirectRefused, "\(from.origin) redirects more than \(limit) times in a row")
    }
    let address: WebAddress
    do {
      address = try WebAddress(target)
    } catch {
      throw TransportError(
        .redirectRefused, "\(from) redirects to what is no http or https URL", underlying: error)
    }
    var next = request
    next.address = address
    if address.origin != from.origin {
      if staysAtOrigin {
        throw TransportError(
          .redirectRefused,
          "\(from) redirects to \(address.origin), which was not configured; if it is trusted, configure its URL instead"
        )
      }
      if from.origin.scheme == "https" && address.origin.scheme == "http" {
        throw TransportError(.redirectRefused, "\(from) redirects to \(address.origin), which is not encrypted")
      }
      next.authorization = nil
      next.headers = HTTPHeaders()
    }
    // RFC 9110 §15.4: 303 asks for the result by GET, and so do 301 and 302 after a POST, by old custom.
    if status == 303 && request.method != "HEAD" || (status == 301 || status == 302) && request.method == "POST" {
      next.method = "GET"
      next.body = .none
      next.expectsContinue = false
    }
    return next
  }
}
