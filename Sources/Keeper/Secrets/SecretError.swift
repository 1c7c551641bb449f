/// A secret that could not be had. Names the secret and where it was looked for, never a value.
public struct SecretError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// agent.conf has no entry of that name.
    public static let unknown = Code("unknown")
    /// The file, variable or command gave no value.
    public static let unavailable = Code("unavailable")
    /// Others can read the file.
    public static let unsafe = Code("unsafe")
    /// The value is empty, too long, not text, or not the JSON object it should be.
    public static let unusable = Code("unusable")
    /// The secret is one of the agent's own, and a build asked for it.
    public static let reserved = Code("reserved")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened and what to do next.
  public let message: String
  /// The error beneath, if there is one that cannot hold a value.
  public let underlying: (any Error)?

  init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  /// The message.
  public var description: String { message }
}
