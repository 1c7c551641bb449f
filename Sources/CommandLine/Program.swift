/// A program: a tree of commands, `help`, `--version`, and the one way in.
public struct Program: Sendable {
  /// The command that carries the program's name.
  public let root: CommandDefinition
  /// What `--version` prints after the name.
  public let version: String

  /// Describes a program.
  public init(_ root: CommandDefinition, version: String) {
    self.root = root
    self.version = version
  }

  /// What a command line asks of the program.
  enum Request: Sendable {
    case run(CommandDefinition.Action, ParsedArguments, path: [String])
    case print(String)
  }

  /// Obeys a command line: prints help, or runs a command and turns whatever it throws into one line on standard
  /// error.
  ///
  /// - Parameter words: the arguments without the program's own name.
  /// - Returns: the exit status of the process.
  public func run(_ words: [String]) async -> Int32 {
    var path = [root.name]
    do {
      switch try request(words, path: &path) {
      case .print(let text):
        try Console.write(text)
        return ProgramStatus.success.rawValue
      case .run(let action, let arguments, _):
        return try await action(arguments).rawValue
      }
    } catch let error as CommandLineError {
      let help = ([root.name, "help"] + path.dropFirst()).joined(separator: " ")
      Console.report("\(path.joined(separator: " ")): \(error.message) (try '\(help)')")
      return ProgramStatus.usage.rawValue
    } catch let error as any ProgramError {
      Console.report("\(path.joined(separator: " ")): \(error)")
      return error.programStatus.rawValue
    } catch is CancellationError {
      return ProgramStatus.interrupted.rawValue
    } catch {
      Console.report("\(path.joined(separator: " ")): \(error)")
      return ProgramStatus.infrastructure.rawValue
    }
  }

  /// Finds the command and reads its arguments.
  ///
  /// - Parameter path: grows to the words that lead to the command, also when an error is thrown.
  func request(_ words: [String], path: inout [String]) throws(CommandLineError) -> Request {
    var command = root
    var rest = words[...]
    while !command.subcommands.isEmpty {
      guard let word = rest.popFirst() else {
        let names = command.visibleSubcommands.map(\.name).joined(separator: ", ")
        throw CommandLineError(.missingCommand, "a command is missing; there are: \(names)")
      }
      switch word {
      case "-h", "--help": return .print(help(command, path: path))
      case "--version" where path.count == 1: return .print("\(root.name) \(version)\n")
      case "help" where path.count == 1: return try helpRequest(rest, path: &path)
      default: command = try descend(from: command, by: word, path: &path)
      }
    }
    if path.count == 1, rest.first == "--version" { return .print("\(root.name) \(version)\n") }
    var parser = ArgumentParser(command)
    switch try parser.parse(Array(rest)) {
    case .help: return .print(help(command, path: path))
    case .arguments(let arguments):
      guard let action = command.action else { return .print(help(command, path: path)) }
      return .run(action, arguments, path: path)
    }
  }

  private func helpRequest(_ words: ArraySlice<String>, path: inout [String]) throws(CommandLineError) -> Request {
    var command = root
    for word in words where word != "--help" && word != "-h" {
      command = try descend(from: command, by: word, path: &path)
    }
    return .print(help(command, path: path))
  }

  private func descend(
    from command: CommandDefinition, by word: String, path: inout [String]
  ) throws(CommandLineError) -> CommandDefinition {
    if let found = command.subcommands.first(where: { $0.name == word }) {
      path.append(word)
      return found
    }
    if word.hasPrefix("-") {
      let known = ["help"] + (path.count == 1 ? ["version"] : [])
      let hint = didYouMean(String(word.drop { $0 == "-" }), among: known, prefix: "--")
      throw CommandLineError(.unknownOption, "unknown option '\(word)' before a command\(hint)")
    }
    let names = command.visibleSubcommands.map(\.name) + (path.count == 1 ? ["help"] : [])
    throw CommandLineError(.unknownCommand, "unknown command '\(word)'" + didYouMean(word, among: names))
  }

  private func help(_ command: CommandDefinition, path: [String]) -> String {
    HelpText.render(command, path: path, hasVersion: path.count == 1)
  }
}
