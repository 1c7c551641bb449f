/// The help of one command, 80 columns wide.
enum HelpText {
  /// - Parameter path: the words that lead to the command, the program's name first.
  static func render(_ command: CommandDefinition, path: [String], hasVersion: Bool) -> String {
    let name = path.joined(separator: " ")
    var sections = [command.summary, usage(of: command, name: name)]
    if !command.discussion.isEmpty { sections.append(TextWrapping.wrap(command.discussion, indent: 0)) }
    let subcommands = command.visibleSubcommands.map { (term: $0.name, description: $0.summary) }
    if !subcommands.isEmpty { sections.append("Commands:\n" + TextWrapping.table(subcommands)) }
    let operands = command.declarations.filter { $0.kind == .operand }.map { (term: $0.name, description: $0.help) }
    if !operands.isEmpty { sections.append("Operands:\n" + TextWrapping.table(operands)) }
    sections.append("Options:\n" + TextWrapping.table(options(of: command, hasVersion: hasVersion)))
    if !command.examples.isEmpty {
      let examples = command.examples.map {
        "  \($0.command)\n" + TextWrapping.wrap($0.explanation, indent: 6)
      }
      sections.append("Examples:\n" + examples.joined(separator: "\n"))
    }
    if !subcommands.isEmpty {
      let program = path.first ?? command.name
      let words = path.dropFirst().map { $0 + " " }.joined()
      sections.append("'\(program) help \(words)COMMAND' explains one command.")
    }
    return sections.joined(separator: "\n\n") + "\n"
  }

  private static func usage(of command: CommandDefinition, name: String) -> String {
    let head = "Usage: \(name)"
    let tail = command.usage ?? generatedUsage(of: command)
    // Bracketed pieces stay together: their inner spaces are protected while the text is wrapped.
    let protected = protectBrackets(tail)
    return TextWrapping.wrap(head + " " + protected, indent: min(head.count + 1, 24), firstIndent: 0)
      .replacing("\u{A0}", with: " ")
  }

  private static func generatedUsage(of command: CommandDefinition) -> String {
    if !command.subcommands.isEmpty { return "COMMAND" }
    let options = command.declarations.filter { $0.kind != .operand }.map { option in
      let written = option.kind == .flag ? option.shown : "\(option.shown)\u{A0}\(option.valueName)"
      return (option.isRequired ? written : "[\(written)]") + (option.isRepeated ? "..." : "")
    }
    let operands = command.declarations.filter { $0.kind == .operand }.map { operand in
      (operand.isRequired ? operand.name : "[\(operand.name)]") + (operand.isRepeated ? "..." : "")
    }
    return (options + operands).joined(separator: " ")
  }

  private static func protectBrackets(_ text: String) -> String {
    var depth = 0
    return String(
      text.map { character in
        if character == "[" || character == "(" { depth += 1 }
        if character == "]" || character == ")" { depth -= 1 }
        return character == " " && depth > 0 ? "\u{A0}" : character
      })
  }

  private static func options(of command: CommandDefinition, hasVersion: Bool) -> [(term: String, description: String)]
  {
    var rows = command.declarations.filter { $0.kind != .operand }.map { option in
      let short = option.short.map { "-\($0), " } ?? "    "
      let value = option.kind == .flag ? "" : " " + option.valueName
      return (term: short + option.shown + value, description: option.help)
    }
    let helpIsShort = !command.declarations.contains { $0.short == "h" }
    rows.append((term: (helpIsShort ? "-h, " : "    ") + "--help", description: "Print this help."))
    if hasVersion { rows.append((term: "    --version", description: "Print the version.")) }
    return rows
  }
}
