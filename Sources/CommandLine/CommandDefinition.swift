/// A program or one of its subcommands: what it is called, what it takes, how it is explained and what it does.
public struct CommandDefinition: Sendable {
  /// What a command does with its arguments.
  public typealias Action = @Sendable (ParsedArguments) async throws -> ProgramStatus

  /// A command line worth showing, and what it does.
  public struct Example: Sendable {
    /// The command line, without a prompt.
    public let command: String
    /// What it does.
    public let explanation: String

    /// Shows a command line.
    public init(_ command: String, _ explanation: String) {
      self.command = command
      self.explanation = explanation
    }
  }

  /// The word that selects it, or the program's name.
  public let name: String
  /// One line for lists of commands; the first line of its own help.
  public let summary: String
  /// Paragraphs, separated by empty lines, that help prints after the usage.
  public let discussion: String
  /// What it takes, in the order of the help.
  public let arguments: [any DeclaredArgument]
  /// The usage after the command's name, where the generated one would hide what goes together.
  public let usage: String?
  /// Command lines worth showing.
  public let examples: [Example]
  /// Whether lists of commands leave it out.
  public let isHidden: Bool
  /// What it does; a command with subcommands has none.
  public let action: Action?
  /// The commands beneath it.
  public let subcommands: [CommandDefinition]

  /// Describes a command that does something.
  public init(
    _ name: String, summary: String, discussion: String = "", arguments: [any DeclaredArgument] = [],
    usage: String? = nil, examples: [Example] = [], isHidden: Bool = false, action: @escaping Action
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.arguments = arguments
    self.usage = usage
    self.examples = examples
    self.isHidden = isHidden
    self.action = action
    subcommands = []
  }

  /// Describes a command that only groups others.
  public init(
    _ name: String, summary: String, discussion: String = "", examples: [Example] = [], isHidden: Bool = false,
    subcommands: [CommandDefinition]
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    arguments = []
    usage = nil
    self.examples = examples
    self.isHidden = isHidden
    action = nil
    self.subcommands = subcommands
  }

  var declarations: [ArgumentDeclaration] { arguments.map(\.declaration) }
  var visibleSubcommands: [CommandDefinition] { subcommands.filter { !$0.isHidden } }
}
