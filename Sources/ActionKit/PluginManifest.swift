/// What a plugin is called, takes, wants and gives. An external plugin's `plugin.json` holds the same as JSON.
public struct PluginManifest: Sendable, Hashable, Codable {
  /// What a plugin is for.
  public enum Category: String, Sendable, Hashable, Codable, CaseIterable {
    /// Runs tests or reads their results.
    case test
    /// Brings what was built to where it runs.
    case deploy
    /// Publishes packages.
    case package
    /// Makes documentation.
    case docs
    /// Waits for somebody's decision.
    case approval
    /// Anything else.
    case invoke
  }

  /// A variable or secret that a plugin wants, or an output that it gives.
  public struct Item: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// What it is for, a sentence.
    public var summary: String

    /// Describes an item.
    public init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// By which buildspecs name it: 1 to 64 lowercase letters, digits and hyphens, beginning with a letter.
  public var name: String
  /// Its version, such as `1.2.0`.
  public var version: String
  /// What it does, a sentence.
  public var summary: String
  /// What it is for.
  public var category: Category
  /// What may stand under `with:`.
  public var configuration: ConfigurationSchema
  /// Whether it uses the network.
  public var network: Bool
  /// Whether it works on the agent's own machine, outside every sandbox. External plugins cannot.
  public var host: Bool
  /// Whether an external plugin gets a copy of the workspace. Built-in ones always read the workspace itself.
  public var workspace: Bool
  /// Variables of the agent's environment that it wants.
  public var environment: [Item]
  /// Whether actions may hand secrets to it (`secrets:` in the buildspec).
  public var secrets: Bool
  /// Its outputs, which later phases and actions see as `ACTION_<NAME>_<KEY>`.
  public var outputs: [Item]

  /// Describes a plugin.
  public init(
    name: String, version: String, summary: String, category: Category,
    configuration: ConfigurationSchema = ConfigurationSchema([]), network: Bool = false, host: Bool = false,
    workspace: Bool = false, environment: [Item] = [], secrets: Bool = false, outputs: [Item] = []
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.category = category
    self.configuration = configuration
    self.network = network
    self.host = host
    self.workspace = workspace
    self.environment = environment
    self.secrets = secrets
    self.outputs = outputs
  }

  private enum CodingKeys: String, CodingKey {
    case name, version, summary, category, configuration, network, host, workspace, environment, secrets, outputs
  }

  /// Reads a manifest; what is left out is empty or off.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func optional<Value: Decodable>(_ key: CodingKeys, _ standard: Value) throws -> Value {
      try container.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    name = try container.decode(String.self, forKey: .name)
    version = try container.decode(String.self, forKey: .version)
    summary = try container.decode(String.self, forKey: .summary)
    category = try container.decode(Category.self, forKey: .category)
    configuration = try optional(.configuration, ConfigurationSchema([]))
    network = try optional(.network, false)
    host = try optional(.host, false)
    workspace = try optional(.workspace, false)
    environment = try optional(.environment, [])
    secrets = try optional(.secrets, false)
    outputs = try optional(.outputs, [])
  }

  /// Whether a name can be a plugin's.
  public static func isValidName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 64 else { return false }
    return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
  }

  /// What is wrong with the manifest, a sentence for each mistake.
  public var mistakes: [String] {
    var found: [String] = []
    if !Self.isValidName(name) {
      found.append("name: '\(name.prefix(64))' is not 1 to 64 lowercase letters, digits and hyphens after a letter")
    }
    if version.isEmpty || version.utf8.count > 64 { found.append("version: expected 1 to 64 bytes") }
    if summary.isEmpty || summary.contains(where: \.isNewline) { found.append("summary: expected one line") }
    for item in environment + outputs where !Self.isVariable(item.name) {
      found.append("'\(item.name.prefix(64))' is not a name of letters, digits, hyphens and underscores")
    }
    return found + configuration.mistakes
  }

  private static func isVariable(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 128
      && name.utf8.allSatisfy {
        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95
      }
  }
}
