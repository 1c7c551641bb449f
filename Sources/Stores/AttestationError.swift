/// A manifest or a provenance that could not be read, written or understood.
public struct AttestationError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// There is no such file or directory.
    public static let missing = Code("missing")
    /// The bytes are not what their format asks for.
    public static let malformed = Code("malformed")
    /// A name would lead out of its directory, or is no plain file name.
    public static let unsafeName = Code("unsafeName")
    /// Something is larger than is allowed.
    public static let tooLarge = Code("tooLarge")
    /// Reading or writing failed.
    public static let system = Code("system")
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
