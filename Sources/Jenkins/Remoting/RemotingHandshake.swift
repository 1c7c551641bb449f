internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport
internal import JourneymanTransport

/// How an inbound agent introduces itself over WebSocket, and what the controller's answers mean.
struct RemotingHandshake {
  let controller: WebAddress
  let node: String
  let secret: Secret

  /// The path below the controller's URL.
  static let path = "wsagents/"

  private static let capabilityLayout = JavaLayout("hudson.remoting.Capability", 1, [JavaField("mask", "J")])

  /// `X-Remoting-Capability`: mask 0, so that the controller sends plain object streams, annotated with no class
  /// loaders, and does not wait for acknowledgements.
  static var capability: String {
    get throws(JavaStreamError) {
      Data(try JavaStreamWriter.write(.object(capabilityLayout))).base64EncodedString()
    }
  }

  /// Where to connect to; a path prefix of the controller stays.
  var address: WebAddress {
    get throws(TransportError) { try controller.appending(Self.path) }
  }

  /// Whether a node can connect under this name.
  static func canBeSent(_ node: String) -> Bool { node.unicodeScalars.allSatisfy { $0.value <= 0xFF } }

  /// The request's fields.
  ///
  /// - Parameter cookie: what the controller gave at the last connection: it takes the agent's new connection for the
  ///   old one's successor.
  func headers(cookie: String?) throws -> HTTPHeaders {
    // Jenkins reads the field as ISO 8859-1, and its own agent writes it so.
    guard Self.canBeSent(node) else {
      throw JenkinsError(
        .configuration, "'\(node)' cannot be the name of an agent over WebSocket: it has letters beyond ISO 8859-1")
    }
    var headers = HTTPHeaders()
    headers.add("Node-Name", node)
    headers.add("Secret-Key", secret.reveal())
    headers.add("X-Remoting-Capability", try Self.capability)
    if let cookie { headers.add("Connection-Cookie", cookie) }
    return headers
  }

  /// What a controller that agreed said.
  struct Acceptance {
    /// Makes the next connection the successor of this one, if it gave one.
    let cookie: String?
    /// The earliest version of Remoting that it takes.
    let minimumVersion: String?
  }

  /// What a controller that agreed said.
  ///
  /// - Throws: ``JenkinsError`` when it is no Jenkins.
  func accepted(_ headers: HTTPHeaders) throws(JenkinsError) -> Acceptance {
    guard headers["X-Remoting-Capability"] != nil else {
      throw JenkinsError(
        .refused, "\(controller) speaks WebSocket but is no Jenkins controller; check url in agent.conf")
    }
    return Acceptance(
      cookie: headers["Connection-Cookie"], minimumVersion: headers["X-Remoting-Minimum-Version"])
  }

  /// What a refusal means.
  ///
  /// - Parameter text: what the controller says about it, perhaps in a page.
  func refusal(_ status: Int, _ headers: HTTPHeaders, _ text: String) -> JenkinsError {
    let isJenkins = headers.fields.contains { $0.name.lowercased().hasPrefix("x-jenkins") }
    switch status {
    // Since 2.511; until then it was 500.
    case 400 where text.place(of: "already connected") != nil || text.place(of: "disconnect the current") != nil:
      return JenkinsError(
        .unavailable, "\(controller) has an agent connected as '\(node)' already, or has not noticed its end yet")
    case 400:
      return JenkinsError(
        .refused,
        "\(controller) knows no inbound agent '\(node)'; check node in agent.conf, and that the node's launch method is"
          + " 'Launch agent by connecting it to the controller'")
    case 401, 403:
      return JenkinsError(
        .refused,
        "\(controller) refuses the secret of node '\(node)'; take the secret that the node's page in Jenkins shows")
    case 404:
      return JenkinsError(
        .refused,
        isJenkins
          ? "\(controller) is a Jenkins without WebSocket agents; it has to be 2.217 or later"
          : "\(controller) is no Jenkins controller; check url in agent.conf, with its path prefix if it has one")
    case 301, 302, 303, 307, 308:
      return JenkinsError(
        .refused,
        "\(controller) redirects to \(headers["Location"].flatMap { try? WebAddress($0).description } ?? "elsewhere");"
          + " set url in agent.conf to the address it redirects to")
    case 200..<300:
      return JenkinsError(
        .refused,
        "\(controller) answers but does not speak WebSocket; is there a proxy in between that does not pass it on?")
    case 409, 500:
      return JenkinsError(
        .unavailable,
        "\(controller) does not take node '\(node)' (status \(status)); another agent may be connected under this name")
    default:
      return JenkinsError(.unavailable, "\(controller) cannot take the agent at the moment (status \(status))")
    }
  }
}
