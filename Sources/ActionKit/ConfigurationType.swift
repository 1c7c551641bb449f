/// What a value of a configuration is. Values are checked by their source text: `yes`, `"3"` and `3` fit as in YAML.
public indirect enum ConfigurationType: Sendable, Hashable {
  /// Any text.
  case text
  /// One of these words.
  case choice([String])
  /// A whole number.
  case integer
  /// A number.
  case number
  /// `true`, `yes`, `on` and their opposites.
  case boolean
  /// A length of time such as `90s` or `1h30m`.
  case duration
  /// A list, or a single item that stands for a list of one; see ``OneOrMore``.
  case list(ConfigurationType)
  /// Free names, each with a value.
  case mapping(ConfigurationType)
  /// Known keys.
  case object([ConfigurationKey])
  /// Whatever YAML can say; the plugin checks it itself.
  case any

  /// What a value of this type is called in `expected …`.
  public var expectation: String {
    switch self {
    case .text: "text"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .integer: "a whole number"
    case .number: "a number"
    case .boolean: "yes or no"
    case .duration: "a duration such as 90s or 1h30m"
    case .list(let item): "a list, each item \(item.expectation)"
    case .mapping(let value): "a mapping, each value \(value.expectation)"
    case .object: "a mapping"
    case .any: "anything"
    }
  }

  var mistakes: [String] {
    switch self {
    case .text, .integer, .number, .boolean, .duration, .any: []
    case .choice(let words): words.isEmpty ? ["a choice needs words"] : []
    case .list(let item), .mapping(let item): item.mistakes
    case .object(let keys): ConfigurationSchema(keys).mistakes
    }
  }
}

extension ConfigurationType: Codable {
  private enum CodingKeys: String, CodingKey {
    case type, choices, items, values, keys
  }

  /// Reads `{"type":"list","items":{"type":"text"}}` and its like.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if decoder.codingPath.count > 48 {
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: container, debugDescription: "the schema is nested too deeply")
    }
    let name = try container.decode(String.self, forKey: .type)
    switch name {
    case "text":
      let choices = try container.decodeIfPresent([String].self, forKey: .choices)
      self = choices.map { .choice($0) } ?? .text
    case "integer": self = .integer
    case "number": self = .number
    case "boolean": self = .boolean
    case "duration": self = .duration
    case "list": self = .list(try container.decodeIfPresent(Self.self, forKey: .items) ?? .text)
    case "mapping": self = .mapping(try container.decodeIfPresent(Self.self, forKey: .values) ?? .text)
    case "object": self = .object(try container.decode([ConfigurationKey].self, forKey: .keys))
    case "any": self = .any
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: container, debugDescription: "unknown type '\(name.prefix(40))'")
    }
  }

  /// Writes the fields of the type.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .text: try container.encode("text", forKey: .type)
    case .choice(let words):
      try container.encode("text", forKey: .type)
      try container.encode(words, forKey: .choices)
    case .integer: try container.encode("integer", forKey: .type)
    case .number: try container.encode("number", forKey: .type)
    case .boolean: try container.encode("boolean", forKey: .type)
    case .duration: try container.encode("duration", forKey: .type)
    case .list(let item):
      try container.encode("list", forKey: .type)
      try container.encode(item, forKey: .items)
    case .mapping(let value):
      try container.encode("mapping", forKey: .type)
      try container.encode(value, forKey: .values)
    case .object(let keys):
      try container.encode("object", forKey: .type)
      try container.encode(keys, forKey: .keys)
    case .any: try container.encode("any", forKey: .type)
    }
  }
}
