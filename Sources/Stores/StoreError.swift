/// An artifact that could not be stored, read or removed.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The store's URL, its options or a key cannot be used.
    public static let invalid = Code("invalid")
    /// The local file is gone or is not what was packaged.
    public static let changed = Code("changed")
    /// The store refuses: authorization, quota, an unknown place.
    public static let refused = Code("refused")
    /// The store could not be reached, or kept failing, for as long as the retry policy allows.
    public static let unavailable = Code("unavailable")
    /// The store said it had taken the file, and does not have it whole.
    public static let incomplete = Code("incomplete")
    /// The store's own disk failed.
    public static let system = Code("system")
    /// The journal of an upload cannot be written or read.
    public static let journal = Code("journal")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened, to which artifact and where, and what to do next, for people.
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
