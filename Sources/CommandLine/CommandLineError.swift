import JourneymanSupport

/// A command line that cannot be obeyed. The program answers with one line that says so, how to get help, and
/// ``ProgramStatus/usage``.
public struct CommandLineError: Error, Sendable, CustomStringConvertible {
  /// What kind of mistake it was.
  public struct Code: Sendable, Hashable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// No option of that name exists here.
    public static let unknownOption = Code("unknownOption")
    /// No subcommand of that name exists here.
    public static let unknownCommand = Code("unknownCommand")
    /// A subcommand is needed and none was given.
    public static let missingCommand = Code("missingCommand")
    /// An option came without the value it needs.
    public static let missingValue = Code("missingValue")
    /// A flag came with a value.
    public static let unexpectedValue = Code("unexpectedValue")
    /// A value is not of the option's or operand's form.
    public static let invalidValue = Code("invalidValue")
    /// A required operand is missing.
    public static let missingOperand = Code("missingOperand")
    /// There are more operands than the command takes.
    public static let unexpectedOperand = Code("unexpectedOperand")
    /// A required option is missing.
    public static let missingOption = Code("missingOption")
    /// Options that do not go together, found by the command itself.
    public static let conflict = Code("conflict")
  }

  /// What kind of mistake it was.
  public let code: Code
  /// What is wrong, and the nearest right thing where there is one.
  public let message: String

  /// Describes a mistake on the command line.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

/// The sentence fragment that points to the nearest known word, or nothing.
func didYouMean(_ word: String, among candidates: [String], prefix: String = "") -> String {
  guard let nearest = Suggestion.nearest(to: prefix + word, among: candidates.map { prefix + $0 }) else { return "" }
  return "; did you mean '\(nearest)'?"
}
