import JourneymanActionSupport

/// Plain facts about one schema, of OpenAPI 3.0 (JSON Schema draft 5) or 3.1 (draft 2020-12).
enum SchemaFacts {
  /// The types that a schema names or implies.
  static func types(of schema: Located) -> [String] {
    if let type = schema["type"] {
      if let one = type.text { return [String(one.prefix(60))] }
      return type.items.compactMap { $0.text.map { String($0.prefix(60)) } }
    }
    if schema["properties"] != nil || schema["additionalProperties"] != nil { return ["object"] }
    if schema["items"] != nil || schema["prefixItems"] != nil { return ["array"] }
    if let constant = schema["const"] { return [kind(of: constant)] }
    if let first = schema["enum"]?.items.first { return [kind(of: first)] }
    return []
  }

  private static func kind(of value: Located) -> String {
    if value.node.items != nil { return "array" }
    if value.node.entries != nil { return "object" }
    if value.node.boolean != nil { return "boolean" }
    return value.node.number != nil ? "number" : "string"
  }

  /// Marks after the name of a property or parameter.
  static func flags(of schema: Located, isRequired: Bool) -> HTML {
    var flags = HTML.empty
    if isRequired { flags += " <span class=\"flag required\">required</span>" }
    for (key, word) in [("deprecated", "deprecated"), ("readOnly", "read only"), ("writeOnly", "write only")]
    where schema[key]?.node.boolean == true {
      flags += " <span class=\"flag \(key.lowercased())\">\(word)</span>"
    }
    return flags
  }

  /// Limits, values and examples, as a line or a few.
  static func constraints(of schema: Located) -> HTML {
    var facts: [HTML] = []
    func text(_ key: String) -> String? { schema[key].map { JSONText.compact($0.node, longest: 300) } }
    // The exclusive bound is a flag in 3.0 and a number of its own in 3.1.
    func bound(_ key: String, _ exclusive: String, _ sign: String, _ strictSign: String) {
      let strict = schema[exclusive]
      if let limit = text(key) { facts.append("\(strict?.node.boolean == true ? strictSign : sign) \(limit)") }
      if let limit = strict?.text, strict?.node.boolean == nil { facts.append("\(strictSign) \(limit)") }
    }
    if let constant = text("const") { facts.append("always <code>\(constant)</code>") }
    if let value = text("default") { facts.append("default <code>\(value)</code>") }
    bound("minimum", "exclusiveMinimum", "≥", ">")
    bound("maximum", "exclusiveMaximum", "≤", "<")
    if let value = text("multipleOf") { facts.append("multiple of \(value)") }
    for (low, high, one, many) in [
      ("minLength", "maxLength", "character", "characters"), ("minItems", "maxItems", "item", "items"),
      ("minProperties", "maxProperties", "property", "properties"),
    ] {
      switch (text(low), text(high)) {
      case (let low?, let high?) where low == high: facts.append("\(low) \(low == "1" ? one : many)")
      case (let low?, let high?): facts.append("\(low) to \(high) \(many)")
      case (let low?, nil): facts.append("at least \(low) \(low == "1" ? one : many)")
      case (nil, let high?): facts.append("at most \(high) \(high == "1" ? one : many)")
      case (nil, nil): break
      }
    }
    if schema["uniqueItems"]?.node.boolean == true { facts.append("no item twice") }
    if let pattern = schema["pattern"]?.text { facts.append("pattern <code>\(pattern)</code>") }
    for key in ["contentMediaType", "contentEncoding"] { if let value = schema[key]?.text { facts.append("\(value)") } }
    var html: HTML = facts.isEmpty ? .empty : "<p class=\"type\">\(facts.joined(", "))</p>\n"
    if let values = schema["enum"]?.items, !values.isEmpty {
      let list = values.prefix(200).map { "<code>\(JSONText.compact($0.node, longest: 200))</code>" as HTML }
      html += "<p class=\"type\">Values: \(list.joined(", "))\(values.count > 200 ? ", …" : "")</p>\n"
    }
    var examples = schema["examples"]?.node.items ?? []
    if let example = schema["example"] { examples.insert(example.node, at: 0) }
    // Larger ones are shown where whole values are.
    let short = examples.filter { $0.text != nil }.prefix(5).map {
      "<code>\(JSONText.compact($0, longest: 200))</code>" as HTML
    }
    if !short.isEmpty { html += "<p class=\"type\">Example: \(short.joined(", "))</p>\n" }
    return html
  }
}
