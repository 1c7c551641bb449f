/// Makes arguments: `static let output = Declare.option("output", short: "o", "DIR", help: "…")`.
public enum Declare {
  /// A flag: present or not.
  public static func flag(_ name: String, short: Character? = nil, help: String) -> Argument<Bool> {
    Argument<Bool>(
      declaration: ArgumentDeclaration(
        kind: .flag, name: name, short: short, valueName: "", isRequired: false, isRepeated: false, help: help),
      convert: { texts throws(CommandLineError) in !texts.isEmpty })
  }

  /// An option with a value; given several times, the last one counts.
  public static func option<Value: ArgumentValue>(
    _ name: String, short: Character? = nil, _ valueName: String, as type: Value.Type = String.self, help: String
  ) -> Argument<Value?> {
    let declaration = ArgumentDeclaration(
      kind: .option, name: name, short: short, valueName: valueName, isRequired: false, isRepeated: false, help: help)
    return Argument(declaration: declaration) { texts throws(CommandLineError) in
      try texts.last.map { text throws(CommandLineError) in try declaration.read(text, as: type) }
    }
  }

  /// An option with a value that may be given several times.
  public static func repeatedOption<Value: ArgumentValue>(
    _ name: String, short: Character? = nil, _ valueName: String, as type: Value.Type = String.self,
    atLeastOne: Bool = false, help: String
  ) -> Argument<[Value]> {
    let declaration = ArgumentDeclaration(
      kind: .option, name: name, short: short, valueName: valueName, isRequired: atLeastOne, isRepeated: true,
      help: help)
    return Argument(declaration: declaration) { texts throws(CommandLineError) in
      try declaration.readAll(texts, as: type)
    }
  }

  /// An option that must be given.
  public static func requiredOption<Value: ArgumentValue>(
    _ name: String, short: Character? = nil, _ valueName: String, as type: Value.Type = String.self, help: String
  ) -> Argument<Value> {
    let declaration = ArgumentDeclaration(
      kind: .option, name: name, short: short, valueName: valueName, isRequired: true, isRepeated: false, help: help)
    return Argument(declaration: declaration) { texts throws(CommandLineError) in
      guard let text = texts.last else { throw declaration.missing }
      return try declaration.read(text, as: type)
    }
  }

  /// An operand that must be given.
  public static func operand<Value: ArgumentValue>(
    _ name: String, as type: Value.Type = String.self, help: String
  ) -> Argument<Value> {
    let declaration = ArgumentDeclaration(
      kind: .operand, name: name, short: nil, valueName: "", isRequired: true, isRepeated: false, help: help)
    return Argument(declaration: declaration) { texts throws(CommandLineError) in
      guard let text = texts.first else { throw declaration.missing }
      return try declaration.read(text, as: type)
    }
  }

  /// An operand that may be left out.
  public static func optionalOperand<Value: ArgumentValue>(
    _ name: String, as type: Value.Type = String.self, help: String
  ) -> Argument<Value?> {
    let declaration = ArgumentDeclaration(
      kind: .operand, name: name, short: nil, valueName: "", isRequired: false, isRepeated: false, help: help)
    return Argument(declaration: declaration) { texts throws(CommandLineError) in
      try texts.first.map { text throws(CommandLineError) in try declaration.read(text, as: type) }
    }
  }

  /// All remaining operands.
  public static func operands<Value: ArgumentValue>(
    _ name: String, as type: Value.Type = String.self, atLeastOne: Bool = true, help: String
  ) -> Argument<[Value]> {
    let declaration = ArgumentDeclaration(
      kind: .operand, name: name, short: nil, valueName: "", isRequired: atLeastOne, isRepeated: true, help: help)
    return Argument(declaration: declaration) { texts throws(CommandLineError) in
      try declaration.readAll(texts, as: type)
    }
  }
}
