import JourneymanActionKit
import JourneymanActionSupport

/// Schemas: what they are called in a line, and what they consist of. References are links, never expanded, so that
/// schemas that contain themselves end.
extension APIRenderer {
  private static let deepest = 40
  /// How many alternatives a label names.
  private static let mostNamed = 8

  /// What a value is, in a line: `array of Pet`, `string (date-time) | null`.
  mutating func label(_ schema: Located, depth: Int = 0) throws(PluginError) -> HTML {
    if let reference = schema.node["$ref"]?.text { return try link(to: reference, from: schema.file) }
    if let boolean = schema.node.boolean { return boolean ? "any" : "nothing" }
    if depth > 6 { return "…" }
    var parts: [HTML] = []
    for (key, sign) in [("allOf", " &amp; "), ("oneOf", " | "), ("anyOf", " | ")] as [(String, HTML)] {
      guard let items = schema[key]?.items, !items.isEmpty else { continue }
      var labels: [HTML] = []
      for item in items.prefix(Self.mostNamed) { labels.append(try label(item, depth: depth + 1)) }
      if items.count > Self.mostNamed { labels.append("…") }
      parts.append(labels.joined(sign))
    }
    let types = SchemaFacts.types(of: schema)
    for type in types {
      if type == "array" {
        let item = try schema["items"].map { items throws(PluginError) in try label(items, depth: depth + 1) }
        parts.append("array\(item.map { " of \($0)" as HTML } ?? "")")
      } else if type == "object", let values = schema["additionalProperties"], schema["properties"] == nil,
        values.node.entries != nil
      {
        parts.append("map of \(try label(values, depth: depth + 1))")
      } else if type != "object" || parts.isEmpty {
        parts.append("\(type)")
      }
    }
    if schema["nullable"]?.node.boolean == true { parts.append("null") }
    let format: HTML = schema["format"]?.text.map { " (\(String($0.prefix(60))))" } ?? .empty
    return (parts.isEmpty ? "any" : parts.joined(" | ")) + format
  }

  /// What a schema consists of. Nothing for a reference: its label leads to it.
  mutating func view(_ schema: Located, depth: Int = 0, isDescribed: Bool = true) throws -> HTML {
    var html = HTML.empty
    if isDescribed { html += try markdown(schema["description"], depth: 3) }
    if schema.node["$ref"] != nil { return html }
    if depth > Self.deepest { return html + "<p>Nested too deeply to be shown.</p>\n" }
    html += SchemaFacts.constraints(of: schema)
    html += try properties(of: schema, depth: depth)
    for (key, words) in [
      ("allOf", "All of"), ("oneOf", "One of"), ("anyOf", "Any of"), ("prefixItems", "Items in this order"),
    ] {
      html += try alternatives(schema[key]?.items ?? [], "\(words)", depth: depth)
    }
    for (key, words) in [
      ("not", "Not"), ("if", "If"), ("then", "Then"), ("else", "Else"), ("contains", "Contains"),
      ("propertyNames", "Names of properties"), ("items", "Items"), ("contentSchema", "Content"),
    ] {
      guard let inner = schema[key], inner.node.entries != nil else { continue }
      // The label has said what plain items are.
      let body = try view(inner, depth: depth + 1)
      if key == "items" && body.isEmpty { continue }
      html +=
        "<details open><summary>\(words): <span class=\"type\">\(try label(inner))</span></summary>\n\(body)</details>\n"
    }
    return html + (try discriminator(of: schema))
  }

  private mutating func alternatives(_ items: [Located], _ words: HTML, depth: Int) throws -> HTML {
    // The label has named all of a few references already.
    if items.isEmpty || items.count <= Self.mostNamed && items.allSatisfy({ $0.node["$ref"] != nil }) { return .empty }
    var rows = HTML.empty
    for item in items {
      let title: HTML = item["title"]?.text.map { "\($0) " } ?? .empty
      rows += "<li>\(title)<span class=\"type\">\(try label(item))</span>\(try view(item, depth: depth + 1))</li>\n"
    }
    return "<p>\(words):</p>\n<ul class=\"properties\">\n\(rows)</ul>\n"
  }

  private mutating func properties(of schema: Located, depth: Int) throws -> HTML {
    let required = Set(schema["required"]?.items.compactMap(\.text) ?? [])
    var rows = HTML.empty
    for (name, property) in schema["properties"]?.entries ?? [] {
      rows += try row("\(name)", property, isRequired: required.contains(name), depth: depth)
    }
    for (pattern, property) in schema["patternProperties"]?.entries ?? [] {
      rows += try row("/\(pattern)/", property, isRequired: false, depth: depth)
    }
    if let others = schema["additionalProperties"] {
      if others.node.boolean == false {
        rows += "<li><em>no other properties</em></li>\n"
      } else if others.node.entries != nil {
        rows += try row("*", others, isRequired: false, depth: depth)
      }
    }
    return rows.isEmpty ? .empty : "<ul class=\"properties\">\n\(rows)</ul>\n"
  }

  private mutating func row(_ name: HTML, _ property: Located, isRequired: Bool, depth: Int) throws -> HTML {
    let flags = SchemaFacts.flags(of: property, isRequired: isRequired)
    let type = try label(property)
    return "<li><code>\(name)</code> <span class=\"type\">\(type)</span>\(flags)\n"
      + "\(try view(property, depth: depth + 1))</li>\n"
  }

  private mutating func discriminator(of schema: Located) throws -> HTML {
    guard let found = schema["discriminator"], let property = found["propertyName"]?.text else { return .empty }
    var rows = HTML.empty
    for (value, target) in found["mapping"]?.entries ?? [] {
      guard let name = target.text else { continue }
      let reference =
        name.contains("/") || name.contains(".") ? name : "#/components/schemas/\(APIPointer.escaped(name))"
      if model.documents.target(of: reference, from: target.file) == nil {
        let message = "the discriminator's mapping '\(name.prefix(200))' leads nowhere"
        ledger.add(SiteProblem(file: target.file, line: target.line, message: message))
      }
      rows += "<li><code>\(value)</code> → \(try link(to: reference, from: target.file))</li>\n"
    }
    let list: HTML = rows.isEmpty ? .empty : "<ul>\n\(rows)</ul>\n"
    return "<p><code>\(property)</code> tells which one it is.</p>\n\(list)"
  }
}
