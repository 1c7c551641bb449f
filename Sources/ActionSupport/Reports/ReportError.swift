/// A report that cannot be read.
public struct ReportError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The file holds something else than a report of the expected format.
    public static let notAReport = Code("notAReport")
    /// It is a report that breaks off or breaks the rules of XML or JSON.
    public static let malformed = Code("malformed")
    /// It tries to use entities.
    public static let refused = Code("refused")
    /// It is larger than what is read.
    public static let limit = Code("limit")
    /// The file cannot be read.
    public static let file = Code("file")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened to which file, for people.
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
