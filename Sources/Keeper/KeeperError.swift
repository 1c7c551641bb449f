/// Why a keeper could not carry a build through.
public struct KeeperError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The output directory cannot be used.
    public static let output = Code("output")
    /// The worker could not be started.
    public static let worker = Code("worker")
    /// A secret is missing, not granted or could not be read.
    public static let secret = Code("secret")
    /// The state directory of this machine cannot be used.
    public static let state = Code("state")
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
