/// Why ActionSupport could not do what a plugin asked for.
public struct SupportError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The text or file is not of the format.
    public static let malformed = Code("malformed")
    /// It is larger, deeper or longer than is read.
    public static let limit = Code("limit")
    /// A library failed.
    public static let library = Code("library")
  }

  /// What kind of failure it was.
  public let code: Code
  /// What happened, for people.
  public let message: String
  /// The line of a text that cannot be read, from 1.
  public let line: Int?

  /// Describes a failure.
  public init(_ code: Code, _ message: String, line: Int? = nil) {
    self.code = code
    self.message = message
    self.line = line
  }

  /// The message.
  public var description: String { message }
}
