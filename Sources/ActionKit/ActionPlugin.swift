/// What carries an action of a buildspec out: tests, deploys, publishes, documents, approves.
///
/// A plugin is built into the agent, or a program of its own (``ExternalPlugin``); the same type can be either. It is made
/// twice: once before any phase of the build runs, so that a wrong configuration is found at once, and once to run. An
/// initializer therefore only looks at the configuration and touches nothing else.
public protocol ActionPlugin: Sendable {
  /// What stands under `with:` in the buildspec.
  associatedtype Configuration: Decodable & Sendable

  /// What the plugin is called, takes and wants.
  static var manifest: PluginManifest { get }

  /// Takes a configuration that fits the manifest's schema.
  ///
  /// - Throws: ``PluginConfigurationError`` when values do not make sense; the message goes with the key's line of the
  ///   buildspec to the user.
  init(configuration: Configuration) throws

  /// Carries the action out. When the build is stopped or the action's time is up, the calling task is cancelled.
  ///
  /// - Returns: how it ended. ``ActionOutcome/failed(_:outputs:)`` fails the build.
  /// - Throws: anything; the error's description becomes the message of a failed action. Never put a secret into it.
  func run(in context: ActionContext) async throws -> ActionOutcome
}

/// A configuration whose values do not make sense, found by a plugin's initializer.
public struct PluginConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The keys that lead to the value beneath `with`, such as `["hosts", "0", "port"]`; empty for the whole of it.
  public let path: [String]
  /// What is wrong, for people.
  public let message: String

  /// Names a value and what is wrong with it.
  ///
  /// - Parameters:
  ///   - path: mapping keys and list indexes, joined by dots: `hosts.0.port`.
  ///   - message: what is wrong and what would be right.
  public init(_ path: String = "", _ message: String) {
    self.path = path.split(separator: ".").map(String.init)
    self.message = message
  }

  /// `hosts.0.port: must be between 1 and 65535`
  public var description: String { path.isEmpty ? message : path.joined(separator: ".") + ": " + message }
}

/// Why an action could not be carried out.
public struct PluginError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The action did not reach what it was asked for.
    public static let failed = Code("failed")
    /// The plugin asked for something that its manifest does not ask for, or that agent.conf does not grant.
    public static let notGranted = Code("notGranted")
    /// A file is missing, too long or outside the directory it belongs to.
    public static let file = Code("file")
    /// A process could not be started.
    public static let process = Code("process")
    /// An HTTP request got no answer.
    public static let network = Code("network")
    /// Asking again does not help an HTTP request: it cannot be made, the server is not trusted, or the answer is too long.
    public static let request = Code("request")
    /// Messages between agent and plugin did not follow the protocol.
    public static let communication = Code("communication")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened and what to do next, for people.
  public let message: String
  /// The error beneath, if there is one.
  public let underlying: (any Error)?

  /// Describes a failure.
  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  /// The message.
  public var description: String { message }
}
