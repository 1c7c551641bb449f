internal import JourneymanSupport
internal import JourneymanTransport

/// Which credential a web server is shown: one configured for its origin, else what the credential helper says.
final class WebLogin {
  private let url: RepositoryURL
  private let access: RemoteAccess
  private let cancellation: Cancellation
  private let helper: CredentialHelper?
  private var answer: CredentialHelper.Answer?
  private var hasAsked = false

  init(_ context: FetchContext) {
    url = context.url
    access = context.access
    cancellation = context.cancellation
    helper = context.access.options.credentialHelper.map {
      CredentialHelper($0, cancellation: context.cancellation)
    }
  }

  /// Whether any credential was shown to anybody.
  private(set) var isKnown = false

  /// The credential for a request. Where the server has redirected to another origin, only what was configured for
  /// that one.
  ///
  /// - Throws: ``CheckoutError`` when the secret that was configured cannot be had.
  func authorization(for address: WebAddress) throws -> HTTPAuthorization? {
    let found = try find(for: address)
    if found != nil { isKnown = true }
    return found
  }

  private func find(for address: WebAddress) throws -> HTTPAuthorization? {
    if let answer, isOwn(address) { return .basic(user: answer.user, password: answer.password) }
    if let login = access.credentials.logins.first(where: { Self.origin(of: $0.server) == address.origin }) {
      switch login.authorization {
      case .basic(let user, let password): return .basic(user: user, password: try password.value(cancellation))
      case .bearer(let token): return .bearer(try token.value(cancellation))
      }
    }
    guard isOwn(address), let password = url.password else { return nil }
    return .basic(user: url.user ?? "", password: password)
  }

  /// Looks for a credential after a refusal.
  ///
  /// - Returns: whether another attempt is worth making.
  func findAnother(after address: WebAddress) throws -> Bool {
    guard let helper, isOwn(address) else { return false }
    if hasAsked {
      if let answer { helper.erase(answer, for: url) }
      return false
    }
    hasAsked = true
    answer = try helper.get(url)
    return answer != nil
  }

  /// Lets the helper keep what was good.
  func wasAccepted() {
    guard let helper, let answer, !isStored else { return }
    isStored = true
    helper.store(answer, for: url)
  }

  private var isStored = false

  private func isOwn(_ address: WebAddress) -> Bool { Self.origin(of: url.description) == address.origin }

  /// A server's text may carry a path and a user name, which do not matter here.
  private static func origin(of text: String) -> WebAddress.Origin? {
    guard let url = try? RepositoryURL(text.hasSuffix("/") ? text + "x" : text + "/x") else { return nil }
    return (try? WebAddress(url.description))?.origin
  }
}
