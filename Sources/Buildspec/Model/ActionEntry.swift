extension Buildspec {
  /// One use of an action plugin (`actions`), Journeyman's extension of the format.
  public struct ActionEntry: Sendable, Equatable {
    /// When an action runs.
    public enum Condition: String, Sendable, Equatable, CaseIterable {
      /// Only while nothing has failed; the default.
      case succeeded
      /// Only after something failed.
      case failed
      /// Either way.
      case always
    }

    /// The action's name, unique in the file.
    public var name: String
    /// The plugin's name.
    public var plugin: String
    /// The phase after which it runs; `nil` means after all phases.
    public var after: Phase.Name?
    /// When it runs.
    public var condition: Condition
    /// The plugin's own configuration (`with`), undecoded, so that errors can name its lines; see ``YAMLDecoder``.
    public var configuration: YAMLNode?
    /// The names of the secrets of agent.conf that the plugin gets.
    public var secrets: [String]
    /// How long it may take; `nil` leaves it to agent.conf.
    public var timeout: Duration?
    /// Where the entry starts in the file.
    public var mark: YAMLMark

    /// Makes an entry.
    public init(
      name: String, plugin: String, after: Phase.Name? = nil, condition: Condition = .succeeded,
      configuration: YAMLNode? = nil, secrets: [String] = [], timeout: Duration? = nil, mark: YAMLMark
    ) {
      self.name = name
      self.plugin = plugin
      self.after = after
      self.condition = condition
      self.configuration = configuration
      self.secrets = secrets
      self.timeout = timeout
      self.mark = mark
    }

    /// The start of the names of the variables that carry the action's outputs: `ACTION_UNIT_TESTS_` for `unit tests`.
    public var variablePrefix: String {
      let name = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
      return "ACTION_\(String(name))_"
    }
  }
}
