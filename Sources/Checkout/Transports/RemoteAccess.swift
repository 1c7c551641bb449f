internal import JourneymanSupport

/// What it takes to reach the servers of one checkout.
struct RemoteAccess: Sendable {
  let options: CheckoutOptions
  let credentials: CheckoutCredentials

  /// The key that ssh shall use for a server: the one that was brought, if it is for this server, else agent.conf's.
  func key(for url: RepositoryURL) -> CheckoutCredentials.Key? {
    if let key = credentials.key, Self.isMeant(key, for: url) { return key }
    return options.sshKey.map { CheckoutCredentials.Key(.file($0)) }
  }

  private static func isMeant(_ key: CheckoutCredentials.Key, for url: RepositoryURL) -> Bool {
    guard let server = key.server else { return true }
    return (try? RepositoryURL(server))?.origin == url.origin
  }
}
