import JourneymanActionSupport

/// A JSON value with the order and the numbers of its source.
indirect enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  /// A number as written.
  case number(String)
  case string(String)
  case list([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// What a node of a YAML or JSON document says, by YAML's core schema as far as JSON has it.
  init(_ node: DataNode) {
    var budget = 20_000
    self.init(node, budget: &budget)
  }

  private init(_ node: DataNode, budget: inout Int) {
    budget -= 1
    if budget < 0 {
      self = .string("…")
      return
    }
    switch node.content {
    case .list(let items):
      var values: [JSONValue] = []
      for item in items where budget > 0 { values.append(JSONValue(item, budget: &budget)) }
      self = .list(values)
    case .mapping(let entries):
      var values: [(key: String, value: JSONValue)] = []
      for entry in entries where budget > 0 { values.append((entry.key, JSONValue(entry.value, budget: &budget))) }
      self = .object(values)
    case .scalar(let text, let isPlain):
      guard isPlain else {
        self = .string(text)
        return
      }
      if ["", "~", "null", "Null", "NULL"].contains(text) {
        self = .null
      } else if let boolean = node.boolean {
        self = .boolean(boolean)
      } else if text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil {
        self = .number(text)
      } else {
        self = .string(text)
      }
    }
  }

  /// The value as a text, as it stands in a URL or a form.
  var plainText: String {
    switch self {
    case .null: ""
    case .boolean(let value): value ? "true" : "false"
    case .number(let text), .string(let text): text
    case .list(let items): items.map(\.plainText).joined(separator: ",")
    case .object: JSONText.compact(self)
    }
  }

  /// The members of an object.
  var members: [(key: String, value: JSONValue)]? {
    if case .object(let members) = self { members } else { nil }
  }

  var isNull: Bool { if case .null = self { true } else { false } }
}

/// JSON as text.
enum JSONText {
  /// In one line.
  static func compact(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .number(let text): text
    case .string(let text): quoted(text)
    case .list(let items): "[" + items.map { compact($0) }.joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { quoted($0.key) + ":" + compact($0.value) }.joined(separator: ",") + "}"
    }
  }

  /// A node in one line, cut; texts without quotes.
  static func compact(_ node: DataNode, longest: Int) -> String {
    let text = node.text ?? compact(JSONValue(node))
    return text.count > longest ? text.prefix(longest) + "…" : text
  }

  /// In lines of two blanks for each level.
  static func pretty(_ value: JSONValue, indent: String = "") -> String {
    let inner = indent + "  "
    switch value {
    case .list(let items) where !items.isEmpty:
      return "[\n" + items.map { inner + pretty($0, indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let members) where !members.isEmpty:
      let lines = members.map { inner + quoted($0.key) + ": " + pretty($0.value, indent: inner) }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    default: return compact(value)
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
