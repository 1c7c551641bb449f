internal import Foundation
internal import JourneymanSupport
internal import JourneymanTransport

/// A node as Jenkins' own web interface shows it, for a user whose API token may change it.
struct JenkinsNode: Sendable {
  private let settings: ControllerSettings
  private let user: String
  private let token: Secret

  /// - Throws: ``JenkinsError`` when the token cannot be read.
  init(_ settings: ControllerSettings, user: String, tokenFile: String) throws {
    self.settings = settings
    self.user = user
    do {
      let text = String(decoding: try FileSystem.read(tokenFile, limit: 4096), as: UTF8.self)
      token = Secret(text.trimmingCharacters(in: .whitespacesAndNewlines))
    } catch {
      throw JenkinsError(.configuration, "the API token of '\(user)' cannot be read: \(error)")
    }
  }

  private struct Computer: Decodable {
    let temporarilyOffline: Bool
  }

  /// Takes the node out of Jenkins' choice until somebody brings it back, unless it is out already.
  ///
  /// - Parameter reason: shown on the node's page.
  /// - Throws: ``JenkinsError`` or `TransportError`.
  func setOffline(_ reason: String) async throws {
    let answer = try await send("GET", "api/json?tree=temporarilyOffline")
    guard let computer = try? JSONDecoder().decode(Computer.self, from: Data(answer)) else {
      throw JenkinsError(.protocolBroken, "\(settings.url) does not describe the node '\(name)' as Jenkins does")
    }
    if computer.temporarilyOffline { return }
    _ = try await send("POST", "toggleOffline?offlineMessage=" + Self.encoded(reason))
  }

  private var name: String { settings.node ?? settings.name }

  private func send(_ method: String, _ path: String) async throws -> [UInt8] {
    let base = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
    var request = HTTPRequest(method, try WebAddress("\(base)/computer/\(Self.encoded(name))/\(path)"))
    request.authorization = .basic(user: user, password: token)
    request.timeouts = HTTPTimeouts(total: .seconds(60))
    var configuration = HTTPConfiguration()
    configuration.caFile = settings.caFile
    configuration.clientCertificate = settings.clientCertificate
    configuration.clientKey = settings.clientKey
    configuration.proxy = settings.proxy
    let client = HTTPClient(configuration)
    defer { client.shutDown() }
    let response = try await client.send(request)
    // Jenkins answers a change by leading back to the node's page.
    if response.isSuccess || response.status == 302 { return response.body }
    let advice =
      switch response.status {
      case 401: "check user and tokenFile in agent.conf"
      case 403: "the user needs the permissions Agent/Connect and Agent/Disconnect"
      case 404: "there is no such node, or the user may not see it"
      default: "see the log of Jenkins"
      }
    throw JenkinsError(
      .failed, "\(settings.url) answers \(response.status) when asked about the node '\(name)': \(advice)")
  }

  private static let plain = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  private static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
  }
}
