/// Why a build could not be carried out, as opposed to a command of it that failed.
public struct BuildError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The buildspec is missing or wrong.
    public static let buildspec = Code("buildspec")
    /// The batch section of the buildspec is wrong.
    public static let batch = Code("batch")
    /// A secret that the buildspec refers to is missing or not granted.
    public static let secretMissing = Code("secretMissing")
    /// The source could not be brought into the workspace.
    public static let source = Code("source")
    /// The build has destroyed the files that carry its variables and directory from command to command.
    public static let stateLost = Code("stateLost")
    /// The process that keeps the build is gone.
    public static let keeperLost = Code("keeperLost")
    /// The machine lacks something the build asks for, such as a shell.
    public static let unsupported = Code("unsupported")
    /// A system call failed.
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
