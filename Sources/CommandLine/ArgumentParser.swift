/// Reads the arguments of one command by GNU conventions: options may stand anywhere, `--opt value` equals
/// `--opt=value`, `-o value` equals `-ovalue`, short flags may be bundled, `--` ends the options.
struct ArgumentParser {
  /// What a command line asks of a command.
  enum Outcome: Equatable {
    case arguments(ParsedArguments)
    case help
  }

  private let command: CommandDefinition
  private var parsed = ParsedArguments()
  private var operands: [String] = []
  private var wantsHelp = false

  init(_ command: CommandDefinition) { self.command = command }

  mutating func parse(_ words: [String]) throws(CommandLineError) -> Outcome {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      } else if word.hasPrefix("--") {
        try takeLong(word.dropFirst(2), &rest)
      } else if word.hasPrefix("-") && word != "-" {
        try takeShort(word.dropFirst(), &rest)
      } else {
        operands.append(word)
      }
    }
    if wantsHelp { return .help }
    try assignOperands()
    for argument in command.arguments {
      let declaration = argument.declaration
      let texts = parsed.texts[declaration.shown] ?? []
      if texts.isEmpty && declaration.isRequired { throw declaration.missing }
      try argument.check(texts)
    }
    return .arguments(parsed)
  }

  private mutating func takeLong(_ text: Substring, _ rest: inout ArraySlice<String>) throws(CommandLineError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let attached = parts.count == 2 ? String(parts[1]) : nil
    guard let option = command.declarations.first(where: { $0.kind != .operand && $0.name == name }) else {
      if name == "help" && attached == nil {
        wantsHelp = true
        return
      }
      let known = command.declarations.filter { $0.kind != .operand }.map(\.name) + ["help"]
      throw CommandLineError(
        .unknownOption, "unknown option '--\(name)'" + didYouMean(name, among: known, prefix: "--"))
    }
    if option.kind == .flag {
      if attached != nil { throw CommandLineError(.unexpectedValue, "option '--\(name)' takes no value") }
      record(option, "")
    } else if let value = attached ?? rest.popFirst() {
      record(option, value)
    } else {
      throw CommandLineError(.missingValue, "option '--\(name)' needs a value \(option.valueName)")
    }
  }

  private mutating func takeShort(_ text: Substring, _ rest: inout ArraySlice<String>) throws(CommandLineError) {
    var letters = text
    while let letter = letters.popFirst() {
      guard let option = command.declarations.first(where: { $0.short == letter }) else {
        if letter == "h" {
          wantsHelp = true
          continue
        }
        // `-json` is a slip for `--json` far more often than four bundled flags.
        let long = command.declarations.filter { $0.kind != .operand }.map(\.name)
        let hint = text.count > 1 && long.contains(String(text)) ? "; did you mean '--\(text)'?" : ""
        throw CommandLineError(.unknownOption, "unknown option '-\(letter)'" + hint)
      }
      if option.kind == .flag {
        record(option, "")
      } else if let value = letters.isEmpty ? rest.popFirst() : String(letters) {
        record(option, value)
        return
      } else {
        throw CommandLineError(.missingValue, "option '-\(letter)' needs a value \(option.valueName)")
      }
    }
  }

  private mutating func record(_ option: ArgumentDeclaration, _ value: String) {
    parsed.texts[option.shown, default: []].append(value)
  }

  /// Hands the operands out in order. A repeated one takes all that the operands after it do not need.
  private mutating func assignOperands() throws(CommandLineError) {
    let declared = command.declarations.filter { $0.kind == .operand }
    var rest = operands[...]
    for (index, declaration) in declared.enumerated() {
      let neededLater = declared[(index + 1)...].count(where: \.isRequired)
      let available = max(0, rest.count - neededLater)
      let taken = declaration.isRepeated ? available : min(1, available)
      if taken > 0 { parsed.texts[declaration.shown] = Array(rest.prefix(taken)) }
      rest = rest.dropFirst(taken)
    }
    if let extra = rest.first {
      throw CommandLineError(.unexpectedOperand, "unexpected operand '\(extra)'")
    }
  }
}
