internal import Foundation
public import JourneymanSupport
internal import JourneymanTransport

/// Opens the store that an `[artifacts "NAME"]` section of agent.conf describes.
public enum StoreOpening {
  /// Reads the settings.
  ///
  /// - Parameters:
  ///   - secret: the value that `ArtifactStoreSettings.secret` names.
  ///   - mostAttempts: bounds how often a server is tried, beneath what the settings say.
  /// - Throws: ``StoreError`` when the URL has another scheme than `file` or `https` (or `http` on this machine), or the
  ///   settings contradict each other.
  public static func open(
    _ settings: ArtifactStoreSettings, secret: Secret?, mostAttempts: Int = .max
  ) throws(StoreError) -> any ArtifactStore {
    if settings.store.hasPrefix("file://") {
      let rest = settings.store.dropFirst(7)
      guard rest.hasPrefix("/"), let path = PercentEncoding.decode(String(rest)), !path.utf8.contains(0) else {
        throw StoreError(.invalid, "the store \(settings.name) needs an absolute path, such as file:///srv/artifacts")
      }
      return try FileStore(name: settings.name, directory: path)
    }
    let address: WebAddress
    do {
      address = try WebAddress(settings.store)
    } catch {
      throw StoreError(.invalid, "the store \(settings.name): \(error.message)", underlying: error)
    }
    if address.origin.scheme == "http" && !["127.0.0.1", "localhost", "[::1]"].contains(address.origin.host) {
      throw StoreError(
        .invalid, "the store \(settings.name) at \(address) is not encrypted; use https")
    }
    var configuration = HTTPConfiguration()
    configuration.caFile = settings.caFile
    configuration.clientCertificate = settings.clientCertificate
    configuration.clientKey = settings.clientKey
    configuration.proxy = settings.proxy
    var policy = RetryPolicy()
    policy.attempts = min(settings.attempts, mostAttempts)
    return HTTPStore(
      name: settings.name, address: address, client: HTTPClient(configuration),
      authorization: try authorization(settings, secret), policy: policy,
      timeouts: HTTPTimeouts(idle: .seconds(max(1, settings.idleSeconds))))
  }

  private static func authorization(
    _ settings: ArtifactStoreSettings, _ secret: Secret?
  ) throws(StoreError) -> HTTPAuthorization? {
    guard let name = settings.secret else { return nil }
    guard let secret else {
      throw StoreError(.invalid, "the store \(settings.name) needs the secret \(name), which has no value")
    }
    switch settings.authorization {
    case .bearer: return .bearer(secret)
    case .basic:
      guard let user = settings.username else {
        throw StoreError(.invalid, "the store \(settings.name) has authorization = basic and no username")
      }
      return .basic(user: user, password: secret)
    }
  }
}
