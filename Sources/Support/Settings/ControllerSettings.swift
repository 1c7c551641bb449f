/// `[controller "NAME"]`: a CI server this agent works for.
public struct ControllerSettings: Codable, Sendable, Equatable {
  /// What kind of server.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// Jenkins, over its inbound agent protocol.
    case jenkins
  }

  /// The name in the section's heading.
  public var name: String
  /// What kind of server.
  public var kind: Kind
  /// Its URL.
  public var url: String
  /// The name this agent has there; `nil` is ``AgentSettings/name``.
  public var node: String?
  /// The file that holds the node's secret.
  public var secretFile: String?
  /// The user whose token may change the node (set it offline while draining).
  public var user: String?
  /// The file that holds that user's API token.
  public var tokenFile: String?
  /// Certificate authorities for HTTPS, in PEM; `nil` is the system's.
  public var caFile: String?
  /// A client certificate in PEM.
  public var clientCertificate: String?
  /// The key of the client certificate in PEM, when it is in a file of its own.
  public var clientKey: String?
  /// The HTTP proxy's URL; `nil` is what the environment says.
  public var proxy: String?
  /// The node's directory on this machine; `nil` is one beneath ``AgentSettings/workdir``.
  public var workdir: String?
  /// How many of the agent's executors it may use at once; `nil` is all.
  public var executors: Int?
  /// Its jobs' workspaces that were not used for so many seconds are removed; `nil` is ``AgentSettings/keepSeconds``.
  public var keepSeconds: Double?
  /// Its jobs' least recently used workspaces are removed while all together are larger, in bytes; `nil` is
  /// ``AgentSettings/keepSize``.
  public var keepSize: Int64?
  /// Paths outside the node's directory that the server may ask for.
  public var paths: [String] = []
  /// What its jobs may use of the agent's own: the words of ``ControllerAllowance``.
  public var allow: [String] = []

  /// A controller with the defaults.
  public init(name: String, kind: Kind, url: String) {
    self.name = name
    self.kind = kind
    self.url = url
  }
}
