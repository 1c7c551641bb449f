/// An agent.conf that cannot be used: every problem of the file at once.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The file does not exist, cannot be read or is too large.
    public static let unreadable = Code("unreadable")
    /// Others may change the file, or it is not a regular file.
    public static let unsafe = Code("unsafe")
    /// The text is not of the git configuration format.
    public static let syntax = Code("syntax")
    /// Unknown sections or keys, or values that are not right.
    public static let invalid = Code("invalid")
  }

  /// One thing that is wrong.
  public struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// The file it stands in.
    public let file: String
    /// The line it stands on, counted from 1; `nil` when it belongs to no line.
    public let line: Int?
    /// What is wrong and what would be right. Values of secrets never stand in agent.conf, so that none can stand here.
    public let message: String

    init(file: String, line: Int? = nil, _ message: String) {
      self.file = file
      self.line = line
      self.message = message
    }

    /// `agent.conf:12: unknown key …`
    public var description: String { line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)" }
  }

  /// What kind of failure it was.
  public let code: Code
  /// Everything that is wrong, in the order of the file; never empty.
  public let problems: [Problem]
  /// The error beneath, if there is one.
  public let underlying: (any Error)?

  init(_ code: Code, _ problems: [Problem], underlying: (any Error)? = nil) {
    self.code = code
    self.problems = problems
    self.underlying = underlying
  }

  /// One line for each problem.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
