internal import Foundation
internal import JourneymanSupport
internal import JourneymanTransport

/// Jenkins' web interface as one user sees it.
struct JenkinsWeb: Sendable {
  /// What a form is sent as.
  static let form = "application/x-www-form-urlencoded; charset=UTF-8"

  private let url: String
  private let user: String
  private let token: Secret
  private let configuration: HTTPConfiguration

  /// - Parameter token: an API token of the user; a password works too where Jenkins takes one.
  init(_ settings: ControllerSettings, user: String, token: Secret) {
    url = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
    self.user = user
    self.token = token
    configuration = settings.httpConfiguration
  }

  /// What is sent beside the user's name and token.
  private struct Session {
    var fields = HTTPHeaders()
  }

  private struct Crumb: Decodable {
    let crumb: String
    let crumbRequestField: String
  }

  /// Sends a request below the controller's URL.
  ///
  /// - Returns: the answer, whatever its status.
  /// - Throws: ``JenkinsError`` or `TransportError`.
  func send(
    _ method: String, _ path: String, _ body: [UInt8] = [], type: String = form
  ) async throws -> HTTPResponse {
    let client = HTTPClient(configuration)
    defer { client.shutDown() }
    let response = try await client.send(try request(method, path, body, type, Session()))
    // A password, other than a token, is taken only with a crumb and the session that it was given in.
    let isCrumbMissing =
      response.status == 403 && String(decoding: response.body, as: UTF8.self).place(of: "No valid crumb") != nil
    guard method == "POST", isCrumbMissing else { return response }
    let answer = try await client.send(try request("GET", "crumbIssuer/api/json", [], type, Session()))
    guard answer.isSuccess, let crumb = try? JSONDecoder().decode(Crumb.self, from: Data(answer.body)) else {
      return response
    }
    var session = Session()
    session.fields.add(crumb.crumbRequestField, crumb.crumb)
    let cookies = answer.headers.fields.filter { $0.name.lowercased() == "set-cookie" }
      .compactMap { $0.value.split(separator: ";").first.map(String.init) }
    if !cookies.isEmpty { session.fields.add("Cookie", cookies.joined(separator: "; ")) }
    return try await client.send(try request(method, path, body, type, session))
  }

  private func request(
    _ method: String, _ path: String, _ body: [UInt8], _ type: String, _ session: Session
  ) throws -> HTTPRequest {
    var request = HTTPRequest(method, try WebAddress("\(url)/\(path)"))
    request.authorization = .basic(user: user, password: token)
    request.timeouts = HTTPTimeouts(total: .seconds(60))
    request.headers = session.fields
    if method == "POST" {
      request.headers.add("Content-Type", type)
      request.body = .bytes(body)
    }
    return request
  }

  /// Makes sure that a Jenkins answers, and that it knows the user.
  ///
  /// - Throws: ``JenkinsError`` or `TransportError`.
  func check() async throws {
    let response = try await send("GET", "api/json?tree=nodeName")
    if response.isSuccess && response.headers["X-Jenkins"] != nil { return }
    if response.isSuccess || response.status == 404 {
      throw JenkinsError(
        .refused, "\(url) is no Jenkins controller; check the URL, with its path prefix if it has one")
    }
    throw refusal(response, "asked who it is", permission: "Overall/Read")
  }

  /// Whether Jenkins has made a change: it answers by leading to a page, but not to the one for logging in.
  func isDone(_ response: HTTPResponse) -> Bool {
    if response.isSuccess { return true }
    guard [302, 303].contains(response.status), let target = response.headers["Location"] else { return false }
    let path = target.prefix { $0 != "?" }
    return !path.hasSuffix("/login") && path.place(of: "/securityRealm/") == nil
  }

  /// What a refusal means.
  ///
  /// - Parameters:
  ///   - asked: what Jenkins was asked, after "when".
  ///   - permission: the permission that this takes, if Jenkins does not name it.
  func refusal(_ response: HTTPResponse, _ asked: String, permission: String) -> JenkinsError {
    let advice: String
    switch response.status {
    case 401:
      advice =
        "it does not know the user '\(user)' with this token; make an API token on the user's page in Jenkins, under"
        + " Security"
    case 403:
      let named = response.headers["X-Required-Permission"].map(Self.permission) ?? permission
      advice = "the user '\(user)' needs the permission \(named)"
    case 404: advice = "there is no such node, or the user '\(user)' may not see it"
    case 300..<400:
      let target = response.headers["Location"].flatMap { try? WebAddress($0).description } ?? "elsewhere"
      advice = "it leads to \(target); give the URL of Jenkins itself, and an API token instead of a password"
    default:
      advice = response.headers["X-Error"].map { "it says: \($0.prefix(500))" } ?? "see the log of Jenkins"
    }
    let code: JenkinsError.Code = response.status >= 500 ? .unavailable : .failed
    return JenkinsError(code, "\(url) answers \(response.status) when \(asked): \(advice)")
  }

  /// `hudson.model.Computer.Create` as Jenkins' pages call it: `Agent/Create`.
  private static func permission(_ id: String) -> String {
    // Reading settings is a permission of its own only where an administrator has made it one; else configuring is.
    let names = ["Computer": "Agent", "Hudson": "Overall", "ExtendedRead": "Configure"]
    let words = id.prefix(200).split(separator: ".").suffix(2).map(String.init)
    return words.map { names[$0] ?? $0 }.joined(separator: "/")
  }
}
