/// What may stand under `with:` of an action, so that it can be checked and explained without the plugin's code.
public struct ConfigurationSchema: Sendable, Hashable, Codable {
  /// The keys, in the order in which they are explained. Others are errors.
  public var keys: [ConfigurationKey]

  /// Names the keys.
  public init(_ keys: [ConfigurationKey]) { self.keys = keys }

  /// Reads the list of keys.
  public init(from decoder: any Decoder) throws { keys = try [ConfigurationKey](from: decoder) }

  /// Writes the list of keys.
  public func encode(to encoder: any Encoder) throws { try keys.encode(to: encoder) }

  /// What is wrong with the schema itself, a sentence for each mistake.
  var mistakes: [String] {
    var seen: Set<String> = []
    return keys.flatMap { key -> [String] in
      var found = key.type.mistakes.map { "configuration.\(key.name): \($0)" }
      if key.name.isEmpty || key.name.utf8.count > 64 || key.name.contains(where: { $0.isWhitespace || $0 == "." }) {
        found.append("configuration: '\(key.name.prefix(64))' is not a key of 1 to 64 bytes without spaces and dots")
      }
      if !seen.insert(key.name).inserted { found.append("configuration.\(key.name): stands there twice") }
      return found
    }
  }
}

/// One key of a configuration.
public struct ConfigurationKey: Sendable, Hashable, Codable {
  /// Its name, by custom in lowercase with hyphens.
  public var name: String
  /// What its value is.
  public var type: ConfigurationType
  /// What it means, a sentence.
  public var summary: String
  /// Whether it has to be there.
  public var isRequired: Bool
  /// What holds when it is absent, for people.
  public var defaultText: String?

  /// Describes a key.
  public init(
    _ name: String, _ type: ConfigurationType, _ summary: String, isRequired: Bool = false, defaultText: String? = nil
  ) {
    self.name = name
    self.type = type
    self.summary = summary
    self.isRequired = isRequired
    self.defaultText = defaultText
  }

  private enum CodingKeys: String, CodingKey {
    case name, summary
    case isRequired = "required"
    case defaultText = "default"
  }

  /// Reads a key: one flat object with the fields of the key and of its type.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    summary = try container.decode(String.self, forKey: .summary)
    isRequired = try container.decodeIfPresent(Bool.self, forKey: .isRequired) ?? false
    defaultText = try container.decodeIfPresent(String.self, forKey: .defaultText)
    type = try ConfigurationType(from: decoder)
  }

  /// Writes a key as one flat object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(summary, forKey: .summary)
    if isRequired { try container.encode(true, forKey: .isRequired) }
    try container.encodeIfPresent(defaultText, forKey: .defaultText)
    try type.encode(to: encoder)
  }
}
