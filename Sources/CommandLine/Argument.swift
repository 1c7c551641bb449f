/// One thing a command takes, and the key to read it by: `try arguments[Self.output]`.
///
/// `Result` is what reading yields: `Bool` for a flag, `Value?` for an option, `[Value]` for what may be repeated.
public struct Argument<Result: Sendable>: DeclaredArgument {
  /// How it is written and described.
  public let declaration: ArgumentDeclaration
  /// Makes the result of the texts given on the command line.
  let convert: @Sendable ([String]) throws(CommandLineError) -> Result

  /// Reads the texts only to see whether they are right.
  public func check(_ texts: [String]) throws(CommandLineError) { _ = try convert(texts) }
}

/// An ``Argument`` without its type, as a command lists them.
public protocol DeclaredArgument: Sendable {
  /// How it is written and described.
  var declaration: ArgumentDeclaration { get }
  /// Throws when the texts are not of the argument's type.
  func check(_ texts: [String]) throws(CommandLineError)
}

/// How an argument is written on the command line and described in the help.
public struct ArgumentDeclaration: Sendable {
  /// What an argument is.
  enum Kind: Sendable { case flag, option, operand }

  let kind: Kind
  /// The long name without dashes, or an operand's name in capitals.
  let name: String
  let short: Character?
  /// What help calls the value.
  let valueName: String
  let isRequired: Bool
  let isRepeated: Bool
  let help: String

  /// How messages and help write it: `--output` or `DIR`.
  var shown: String { kind == .operand ? name : "--" + name }
}

extension ArgumentDeclaration {
  /// What to say when a required argument is missing.
  var missing: CommandLineError {
    kind == .operand
      ? CommandLineError(.missingOperand, "missing operand \(name)")
      : CommandLineError(.missingOption, "missing option '\(shown) \(valueName)'")
  }

  func read<Value: ArgumentValue>(_ text: String, as type: Value.Type) throws(CommandLineError) -> Value {
    do throws(ArgumentValueError) {
      return try Value(argument: text)
    } catch {
      let place = kind == .operand ? name : "option '\(shown)'"
      throw CommandLineError(.invalidValue, "\(place): '\(text)' is not \(error)")
    }
  }

  func readAll<Value: ArgumentValue>(_ texts: [String], as type: Value.Type) throws(CommandLineError) -> [Value] {
    var values: [Value] = []
    for text in texts { values.append(try read(text, as: type)) }
    return values
  }
}
