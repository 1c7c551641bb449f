internal import Foundation
internal import JourneymanJenkinsModel
internal import JourneymanSupport
internal import JourneymanTransport

/// A node as Jenkins' own web interface shows it, for a user whose API token may change it.
struct JenkinsNode: Sendable {
  let web: JenkinsWeb
  /// The node's name in Jenkins.
  let name: String

  init(_ web: JenkinsWeb, _ name: String) {
    self.web = web
    self.name = name
  }

  /// The node of a section of agent.conf, by the token that the section names.
  ///
  /// - Returns: `nil` when it names none.
  /// - Throws: ``JenkinsError`` when the token cannot be read.
  static func configured(_ settings: ControllerSettings, name: String) throws -> JenkinsNode? {
    guard let user = settings.user, let file = settings.tokenFile else { return nil }
    do {
      let text = String(decoding: try FileSystem.read(file, limit: 4096), as: UTF8.self)
      let token = Secret(text.trimmed)
      return JenkinsNode(JenkinsWeb(settings, user: user, token: token), name)
    } catch {
      throw JenkinsError(.configuration, "the API token of '\(user)' cannot be read: \(error)")
    }
  }

  private var path: String { "computer/" + PercentEncoding.encode(name) }

  // MARK: Being there

  /// The node's `config.xml`.
  ///
  /// - Returns: `nil` when there is no such node.
  func document() async throws -> [UInt8]? {
    let response = try await web.send("GET", path + "/config.xml")
    if response.isSuccess { return response.body }
    if response.status == 404 { return nil }
    throw web.refusal(response, "asked for the settings of '\(name)'", permission: "Agent/Configure")
  }

  /// Changes the node.
  func replace(_ document: [UInt8]) async throws {
    let response = try await web.send("POST", path + "/config.xml", document, type: "application/xml")
    if web.isDone(response) { return }
    throw web.refusal(response, "asked to change the node '\(name)'", permission: "Agent/Configure")
  }

  /// Makes the node: a permanent agent that connects by itself, over WebSocket.
  ///
  /// The form is the one that Jenkins' own page sends (`hudson.model.ComputerSet.doDoCreateItem`). Properties that a
  /// version does not know are passed over by it; what older versions construct a `JNLPLauncher` from may be missing.
  func create(_ description: NodeDescription) async throws {
    let form = NodeForm(
      name: name, numExecutors: description.executors ?? 1, remoteFS: description.directory ?? "",
      labelString: description.labelText ?? "")
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(form), as: UTF8.self)
    let query =
      "name=\(PercentEncoding.encode(name))&type="
      + PercentEncoding.encode("hudson.slaves.DumbSlave$DescriptorImpl")
    let response = try await web.send(
      "POST", "computer/doCreateItem?\(query)", Array("json=\(PercentEncoding.encode(json))".utf8))
    if web.isDone(response) { return }
    throw web.refusal(response, "asked to make the node '\(name)'", permission: "Agent/Create")
  }

  /// What the node's agent proves itself with: the first argument of the file that Java's agent starts from, 64
  /// hexadecimal digits.
  func secret() async throws -> Secret {
    var response = try await web.send("GET", path + "/jenkins-agent.jnlp")
    // Its name before 2.264.
    if response.status == 404 { response = try await web.send("GET", path + "/slave-agent.jnlp") }
    guard response.isSuccess else {
      throw web.refusal(response, "asked for the secret of '\(name)'", permission: "Agent/Connect")
    }
    let text = String(decoding: response.body, as: UTF8.self)
    let argument = text.firstRange(of: "<argument>").map { text[$0.upperBound...].prefix { $0 != "<" } } ?? ""
    guard argument.utf8.count == 64, argument.allSatisfy(\.isHexDigit) else {
      throw JenkinsError(
        .protocolBroken, "Jenkins gives no secret of the node '\(name)'; is its launch method another one?")
    }
    return Secret(String(argument))
  }

  // MARK: Being chosen

  private struct Computer: Decodable {
    struct Cause: Decodable {
      let _class: String?
    }
    let temporarilyOffline: Bool
    let offlineCauseReason: String?
    let offlineCause: Cause?
  }

  private func computer() async throws -> Computer {
    let response = try await web.send(
      "GET", path + "/api/json?tree=temporarilyOffline,offlineCauseReason,offlineCause%5Bdescription%5D")
    guard response.isSuccess else {
      throw web.refusal(response, "asked about the node '\(name)'", permission: "Agent/Connect")
    }
    guard let computer = try? JSONDecoder().decode(Computer.self, from: Data(response.body)) else {
      throw JenkinsError(.protocolBroken, "Jenkins does not describe the node '\(name)' as it does others")
    }
    return computer
  }

  private func toggle(_ query: String, permission: String) async throws {
    let response = try await web.send("POST", path + "/toggleOffline" + query)
    if web.isDone(response) { return }
    throw web.refusal(response, "asked to change whether '\(name)' is offline", permission: permission)
  }

  /// What the node's page says of a node that was drained.
  private static let reason = "journeyman agent drain"

  /// Takes the node out of Jenkins' choice, unless it is out already.
  ///
  /// - Parameter remember: called before, if it was in.
  /// - Returns: whether it was in.
  /// - Throws: ``JenkinsError``, `TransportError`, or what `remember` throws.
  func setOffline(_ remember: () throws -> Void) async throws -> Bool {
    if try await computer().temporarilyOffline { return false }
    try remember()
    let message = PercentEncoding.encode(Self.reason + ": online again when the agent starts")
    try await toggle("?offlineMessage=" + message, permission: "Agent/Disconnect")
    return true
  }

  /// What became of a node that the agent is back for.
  enum Return: Equatable {
    case wasOnline
    case isOnlineAgain
    /// Somebody else has set it offline, and said why.
    case staysOffline(String)
  }

  /// Gives the node back to Jenkins' choice if it was the agent that took it out.
  ///
  /// Before 2.482 Jenkins forgets why a node is offline as soon as its connection ends, and knows only of that end.
  func bringOnline() async throws -> Return {
    let computer = try await computer()
    if !computer.temporarilyOffline { return .wasOnline }
    let given = computer.offlineCauseReason ?? ""
    let isForgotten = ["$ChannelTermination", "$LaunchFailed"].contains { ending in
      computer.offlineCause?._class?.hasSuffix(ending) ?? given.isEmpty
    }
    guard given.place(of: Self.reason) != nil || isForgotten else {
      return .staysOffline(given)
    }
    try await toggle("", permission: "Agent/Connect")
    return .isOnlineAgain
  }
}

/// What the page sends that makes a node.
private struct NodeForm: Encodable {
  struct Choice: Encodable {
    let staplerClass: String
    var webSocket: Bool?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(staplerClass, forKey: .staplerClass)
      try container.encode(staplerClass, forKey: .name)
      try container.encodeIfPresent(webSocket, forKey: .webSocket)
    }

    private enum Key: String, CodingKey {
      case staplerClass = "stapler-class"
      case name = "$class"
      case webSocket
    }
  }

  let name: String
  let nodeDescription = ""
  let numExecutors: Int
  let remoteFS: String
  let labelString: String
  let mode = "NORMAL"
  let type = "hudson.slaves.DumbSlave"
  let launcher = Choice(staplerClass: "hudson.slaves.JNLPLauncher", webSocket: true)
  let retentionStrategy = Choice(staplerClass: "hudson.slaves.RetentionStrategy$Always")
  let nodeProperties = ["stapler-class-bag": "true"]
}
