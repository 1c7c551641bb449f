import JourneymanSupport

/// A type that an option's value or an operand can have.
public protocol ArgumentValue: Sendable {
  /// Reads the text from the command line.
  ///
  /// - Throws: ``ArgumentValueError`` that says what would have been right.
  init(argument text: String) throws(ArgumentValueError)
}

/// A text that is not a value of the wanted type.
public struct ArgumentValueError: Error, Sendable, CustomStringConvertible {
  /// What would have been right, as the end of the sentence "'x' is not …", for example `a whole number`.
  public let expected: String
  /// The nearest right word, if a slip is likely.
  public let suggestion: String?

  /// Says what would have been right.
  public init(expected: String, suggestion: String? = nil) {
    self.expected = expected
    self.suggestion = suggestion
  }

  /// What would have been right.
  public var description: String { suggestion.map { "\(expected); did you mean '\($0)'?" } ?? expected }
}

extension String: ArgumentValue {
  /// Takes the text as it is.
  public init(argument text: String) throws(ArgumentValueError) { self = text }
}

extension Int: ArgumentValue {
  /// Reads a whole number in decimal digits.
  public init(argument text: String) throws(ArgumentValueError) {
    guard let number = Int(text) else { throw ArgumentValueError(expected: "a whole number") }
    self = number
  }
}

extension Duration: ArgumentValue {
  /// Reads `90`, `90s`, `15m`, `1h30m`.
  public init(argument text: String) throws(ArgumentValueError) {
    guard let duration = Duration(humanReadable: text) else {
      throw ArgumentValueError(expected: "a duration such as 90s, 15m or 1h30m")
    }
    self = duration
  }
}

extension ArgumentValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  /// Reads one of the enumeration's raw values.
  public init(argument text: String) throws(ArgumentValueError) {
    guard let value = Self(rawValue: text) else {
      let choices = Self.allCases.map(\.rawValue)
      throw ArgumentValueError(
        expected: choices.count == 1 ? "'\(choices[0])'" : "one of " + choices.joined(separator: ", "),
        suggestion: Suggestion.nearest(to: text, among: choices))
    }
    self = value
  }
}

/// `on` or `off`.
public enum Switch: String, ArgumentValue, CaseIterable {
  /// Wanted.
  case on
  /// Not wanted.
  case off
}

/// A `NAME=VALUE` pair, such as an environment variable. The value may be empty and may contain `=`.
public struct Assignment: ArgumentValue, Hashable {
  /// What stands before the first `=`; never empty.
  public let name: String
  /// What stands after it.
  public let value: String

  /// Splits the text at its first `=`.
  public init(argument text: String) throws(ArgumentValueError) {
    guard let border = text.firstIndex(of: "="), border != text.startIndex else {
      throw ArgumentValueError(expected: "of the form NAME=VALUE")
    }
    name = String(text[..<border])
    value = String(text[text.index(after: border)...])
  }
}
