/// A place in a YAML file.
public struct YAMLMark: Sendable, Hashable, Codable {
  /// The line, from 1.
  public var line: Int
  /// The column in characters, from 1; a tab counts as one.
  public var column: Int

  /// Names a place.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// A piece of a YAML file as it was written: scalars keep their source text, mappings their order, everything its place.
///
/// Aliases are replaced by what they stand for, merge keys (`<<`) are carried out, and of duplicate keys only the last
/// is there. Two nodes are equal when they say the same, wherever they stand.
public struct YAMLNode: Sendable, Equatable {
  /// What kind of node it is, and its content.
  public enum Content: Sendable, Equatable {
    /// A single value.
    case scalar(YAMLScalar)
    /// A list.
    case sequence([YAMLNode])
    /// Keys and values in the file's order; merged ones come last.
    case mapping([YAMLEntry])
  }

  /// What the node says.
  public var content: Content
  /// The tag in its long form, such as `tag:yaml.org,2002:str`, if one was written.
  public var tag: String?
  /// Where the node starts; an alias is where it is used.
  public var mark: YAMLMark

  /// Makes a node.
  public init(_ content: Content, tag: String? = nil, mark: YAMLMark) {
    self.content = content
    self.tag = tag
    self.mark = mark
  }

  /// Compares what two nodes say and leaves their places out.
  public static func == (first: YAMLNode, second: YAMLNode) -> Bool {
    first.content == second.content && first.tag == second.tag
  }

  /// The scalar, if the node is one.
  public var scalar: YAMLScalar? { if case .scalar(let scalar) = content { scalar } else { nil } }

  /// The items, if the node is a sequence.
  public var items: [YAMLNode]? { if case .sequence(let items) = content { items } else { nil } }

  /// The entries, if the node is a mapping.
  public var entries: [YAMLEntry]? { if case .mapping(let entries) = content { entries } else { nil } }

  /// Whether the node is an empty value: nothing, `~` or `null` without quotes, or anything tagged `!!null`.
  public var isNull: Bool {
    guard let scalar else { return false }
    if let tag { return tag == "tag:yaml.org,2002:null" }
    return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.text)
  }

  /// The value of a mapping's key, or `nil` if there is none or the node is no mapping.
  public subscript(key: String) -> YAMLNode? {
    entries?.first { $0.key.scalar?.text == key }?.value
  }

  /// The kind of the node in a sentence: `a list`, `a mapping`, `nothing` or `text`.
  public var kind: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar: isNull ? "nothing" : "text"
    }
  }
}

/// One key of a mapping and its value.
public struct YAMLEntry: Sendable, Equatable {
  /// The key; almost always a scalar.
  public var key: YAMLNode
  /// The value.
  public var value: YAMLNode

  /// Makes an entry.
  public init(key: YAMLNode, value: YAMLNode) {
    self.key = key
    self.value = value
  }
}

/// A single value as it was written.
public struct YAMLScalar: Sendable, Hashable {
  /// How a scalar was written.
  public enum Style: Sendable, Hashable {
    /// Without quotes.
    case plain
    /// `'…'`
    case singleQuoted
    /// `"…"`, escapes resolved.
    case doubleQuoted
    /// `|`
    case literal
    /// `>`
    case folded
  }

  /// The text: `3.10` stays `3.10`, `yes` stays `yes`.
  public var text: String
  /// How it was written.
  public var style: Style

  /// Makes a scalar.
  public init(_ text: String, style: Style = .plain) {
    self.text = text
    self.style = style
  }

  /// The truth value in any spelling of YAML 1.1 (`yes`, `No`, `TRUE`, `off`, `y`…), with or without quotes, or `nil`.
  public var flag: Bool? {
    switch text.lowercased() {
    case "true", "yes", "on", "y": true
    case "false", "no", "off", "n": false
    default: nil
    }
  }
}
