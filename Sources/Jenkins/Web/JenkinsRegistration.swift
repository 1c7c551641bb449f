internal import Foundation
public import JourneymanJenkinsModel
public import JourneymanSupport

/// Setting an agent up for a controller.
public enum JenkinsRegistration {
  /// What a user with a token found or made.
  public struct Node: Sendable {
    /// What was done in Jenkins.
    public enum Change: Sendable {
      /// There was no such node.
      case created
      /// It had other values.
      case updated
      /// It is as it was.
      case none
    }

    /// What was done in Jenkins.
    public let change: Change
    /// Its remote root directory.
    public let directory: String?
    fileprivate let web: JenkinsNode

    /// What the agent proves itself with.
    ///
    /// - Throws: ``JenkinsError`` or `TransportError`.
    public func secret() async throws -> Secret { try await web.secret() }
  }

  /// Why a node cannot have a name, for people; `nil` when it can.
  ///
  /// What else Jenkins does not take it says itself.
  public static func problem(ofName name: String) -> String? {
    let isClean = name.utf8.allSatisfy { $0 > 0x1F && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    let isWhole = name == name.trimmed
    if name.isEmpty || !isClean || !isWhole || name == "." || name == ".." { return "is not a node's name" }
    if RemotingHandshake.canBeSent(name) { return nil }
    return "has letters beyond ISO 8859-1, which Jenkins does not take from agents over WebSocket"
  }

  /// Makes a node, or changes the one of that name.
  ///
  /// - Parameters:
  ///   - settings: the controller and the node's name.
  ///   - token: the user's API token, or password.
  ///   - wanted: what the node has to be; for a new one it names a directory.
  ///   - edit: changes a node's `config.xml`; `nil` instead of a document leaves it alone. It throws when the node is of
  ///     another kind. It is given because it reads XML, which the listener does not.
  /// - Throws: ``JenkinsError`` or `TransportError`.
  public static func establish(
    _ settings: ControllerSettings, user: String, token: Secret, wanted: NodeDescription, newDirectory: String,
    edit: ([UInt8]) throws -> (document: [UInt8]?, directory: String?)
  ) async throws -> Node {
    let web = JenkinsWeb(settings, user: user, token: token)
    let node = JenkinsNode(web, settings.node ?? settings.name)
    try await web.check()
    guard let document = try await node.document() else {
      var description = wanted
      description.directory = wanted.directory ?? newDirectory
      try await node.create(description)
      return Node(change: .created, directory: description.directory, web: node)
    }
    let edited: (document: [UInt8]?, directory: String?)
    do {
      edited = try edit(document)
    } catch {
      throw JenkinsError(.failed, "Jenkins has a node '\(node.name)', but \(error)")
    }
    let directory = wanted.directory ?? edited.directory
    guard let changed = edited.document else { return Node(change: .none, directory: directory, web: node) }
    try await node.replace(changed)
    return Node(change: .updated, directory: directory, web: node)
  }

  /// Connects once as the agent will, and closes the connection again.
  ///
  /// - Parameter settings: the section as it will stand in agent.conf.
  /// - Throws: ``JenkinsError`` or `TransportError` that says what is wrong: the URL, the certificate, the node's name or
  ///   its secret.
  public static func check(_ settings: ControllerSettings) async throws {
    try await JenkinsController(settings).tryConnection()
  }

  /// The section of agent.conf, in git's configuration format.
  ///
  /// - Parameter present: the section that stands there already, which this one adds to: of a key that stands twice,
  ///   the last value counts.
  /// - Returns: `nil` when there is nothing to add.
  public static func section(_ settings: ControllerSettings, beside present: ControllerSettings? = nil) -> String? {
    func values(_ settings: ControllerSettings) -> [(name: String, value: String?)] {
      [
        ("url", settings.url), ("node", settings.node), ("secretFile", settings.secretFile),
        ("user", settings.user), ("tokenFile", settings.tokenFile), ("caFile", settings.caFile),
        ("workdir", settings.workdir), ("executors", settings.executors.map(String.init)),
      ]
    }
    var wanted = values(settings).filter { $0.value != nil }
    if let present {
      let old = values(present)
      wanted = wanted.filter { new in !old.contains { $0.name == new.name && $0.value == new.value } }
      if wanted.isEmpty { return nil }
    }
    var lines = ["[controller \(quoted(settings.name))]"]
    if present == nil { lines.append("  type = \(settings.kind.rawValue)") }
    lines += wanted.compactMap { name, value in value.map { "  \(name) = \(quoted($0))" } }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func quoted(_ value: String) -> String {
    "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
