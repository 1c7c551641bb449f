internal import Foundation
internal import JourneymanActionKit

/// One name of a registry, with the token that it wants.
actor OCIRegistry {
  nonisolated let client: RepositoryClient
  nonisolated let name: String
  private let tokenServer: RepositoryAddress?
  private var token: PluginSecret?

  init(client: RepositoryClient, name: String, tokenServer: RepositoryAddress?) {
    self.client = client
    self.name = name
    self.tokenServer = tokenServer
  }

  /// The URL of something of the name.
  nonisolated func url(_ path: String) -> String { client.address.atOrigin("/v2/\(name)/\(path)") }

  /// Sends a request with the token; gets one first when the registry asks for it.
  func send(_ request: WebRequest, isRetried: Bool = true) async throws -> WebResponse {
    let response = try await client.send(authorized(request), isRetried: isRetried).response
    guard response.status == 401, client.belongsHere(request.url), let text = response.header("WWW-Authenticate"),
      let challenge = OCIChallenge(text)
    else { return response }
    token = try await fetchToken(challenge)
    return try await client.send(authorized(request), isRetried: isRetried).response
  }

  private func authorized(_ request: WebRequest) -> WebRequest {
    var request = request
    if let token, client.belongsHere(request.url) { request.authorization = .bearer(token) }
    return request
  }

  /// https://distribution.github.io/distribution/spec/auth/token/
  private func fetchToken(_ challenge: OCIChallenge) async throws -> PluginSecret {
    let realm = try RepositoryAddress(challenge.realm, allowsQuery: true)
    var request = WebRequest("GET", challenge.url(realm, scope: "repository:\(name):pull,push"))
    if let authorization = client.authorization {
      guard case .basic = authorization else {
        throw PackageError(.refused, "\(client.address.origin) does not take the token; with a username it can get one")
      }
      guard realm.origin == client.address.origin || realm.origin == tokenServer?.origin else {
        throw PackageError(
          .refused,
          "\(client.address.origin) wants the password sent to \(realm.origin); if that is right, add "
            + "token-server: \(realm.origin)")
      }
      request.authorization = authorization
    }
    let response = try await client.send(request).response
    guard response.isSuccess else { throw RepositoryClient.refusal("a token of \(realm.origin)", response) }
    struct Grant: Decodable {
      var token: String?
      var accessToken: String?

      private enum CodingKeys: String, CodingKey {
        case token
        case accessToken = "access_token"
      }
    }
    let grant = try? JSONDecoder().decode(Grant.self, from: Data(response.body))
    guard let token = grant?.token ?? grant?.accessToken, !token.isEmpty else {
      throw PackageError(.refused, "\(realm.origin) gave no token")
    }
    return PluginSecret(token)
  }

  /// The digest of what a tag shows; `nil` when there is no such tag.
  func manifestDigest(_ tag: String) async throws -> String? {
    var request = WebRequest("HEAD", url("manifests/\(tag)"))
    request.headers = OCIManifest.types.sorted().map { ("Accept", $0) }
    let response = try await send(request)
    if response.status == 404 { return nil }
    guard response.isSuccess else { throw RepositoryClient.refusal("\(name):\(tag)", response) }
    return response.header("Docker-Content-Digest") ?? "a manifest whose digest the registry does not tell"
  }

  /// Puts a manifest under a tag or its digest.
  func put(_ manifest: OCIContent.Manifest, as reference: String) async throws {
    var request = WebRequest("PUT", url("manifests/\(reference)"))
    request.headers = [("Content-Type", manifest.mediaType)]
    request.body = .bytes(manifest.bytes)
    let response = try await send(request)
    guard response.isSuccess else { throw RepositoryClient.refusal("the manifest \(name):\(reference)", response) }
    if let digest = response.header("Docker-Content-Digest"), digest != manifest.digest {
      throw PackageError(.refused, "the registry stored \(name):\(reference) as \(digest), not as \(manifest.digest)")
    }
  }
}

/// `WWW-Authenticate: Bearer realm="…",service="…"`, RFC 9110 §11.6.1.
struct OCIChallenge: Sendable, Hashable {
  let realm: String
  let service: String?

  /// `nil` when it is no Bearer challenge with a realm.
  init?(_ text: String) {
    guard text.utf8.count <= 8192, text.prefix(7).lowercased() == "bearer " else { return nil }
    var values: [String: String] = [:]
    var rest = text.dropFirst(7)
    while let equals = rest.firstIndex(of: "=") {
      let key = rest[..<equals].drop { " ,".contains($0) }.lowercased()
      rest = rest[rest.index(after: equals)...]
      let value: Substring
      if rest.first == "\"" {
        rest = rest.dropFirst()
        value = rest.prefix { $0 != "\"" }
        rest = rest[value.endIndex...].dropFirst()
      } else {
        value = rest.prefix { $0 != "," }
        rest = rest[value.endIndex...]
      }
      if values[key] == nil { values[key] = String(value) }
    }
    guard let realm = values["realm"] else { return nil }
    self.realm = realm
    service = values["service"]
  }

  /// Where the token is.
  func url(_ realm: RepositoryAddress, scope: String) -> String {
    let query =
      (service.map { "service=\(RepositoryAddress.encoded($0))&" } ?? "") + "scope=" + RepositoryAddress.encoded(scope)
    return realm.text + (realm.query == nil ? "?" : "&") + query
  }
}
