import JourneymanActionSupport

/// Makes an example of a schema: the ones that it gives, else values that fit its types.
struct ExampleMaker {
  private static let deepest = 10
  private static let mostValues = 400

  private let documents: APIDocuments
  private let isRequest: Bool
  /// The references that lead to the value in hand: one that is met again would go on for ever.
  private var path: [String] = []
  private var budget = ExampleMaker.mostValues

  /// - Parameter isRequest: whether values that only answers have are left out, or those that only requests have.
  init(_ documents: APIDocuments, isRequest: Bool) {
    self.documents = documents
    self.isRequest = isRequest
  }

  /// An example; `nil` when there is none that ends.
  mutating func make(_ schema: Located) -> JSONValue? {
    budget -= 1
    if budget < 0 || path.count > Self.deepest * 3 { return nil }
    if let reference = schema.node["$ref"]?.text {
      guard let target = documents.target(of: reference, from: schema.file), !path.contains(target.key) else {
        return nil
      }
      return nested(target.key, target)
    }
    if let given = given(schema) { return given }
    if let parts = schema["allOf"]?.items, !parts.isEmpty { return merged(parts, and: schema) }
    for key in ["oneOf", "anyOf"] {
      for item in schema[key]?.items ?? [] where item["type"]?.text != "null" {
        if let value = nested(item.key, item) { return value }
      }
    }
    let types = SchemaFacts.types(of: schema)
    switch types.first(where: { $0 != "null" }) ?? types.first {
    case "object": return object(schema)
    case "array":
      guard let items = schema["items"] else { return .list([]) }
      return .list(nested(items.key, items).map { [$0] } ?? [])
    case "integer": return .number(whole(schema["minimum"]) ?? "1")
    case "number": return .number(schema["minimum"]?.text.flatMap { Double($0) == nil ? nil : $0 } ?? "1.5")
    case "boolean": return .boolean(true)
    case "null": return .null
    case "string": return .string(Self.text(of: schema["format"]?.text))
    default: return schema["properties"] == nil ? .string("string") : object(schema)
    }
  }

  private mutating func nested(_ key: String, _ schema: Located) -> JSONValue? {
    if path.count > Self.deepest * 3 { return nil }
    path.append(key)
    defer { path.removeLast() }
    return make(schema)
  }

  private func given(_ schema: Located) -> JSONValue? {
    let candidates = [
      schema["example"], schema["examples"]?.items.first, schema["const"], schema["default"],
      schema["enum"]?.items.first { !JSONValue($0.node).isNull },
    ]
    guard let node = candidates.lazy.compactMap({ $0 }).first?.node else { return nil }
    let value = JSONValue(node)
    // A text that looks like a number is a text where the schema says so.
    if let text = node.text, SchemaFacts.types(of: schema) == ["string"], !value.isNull { return .string(text) }
    return value
  }

  private mutating func merged(_ parts: [Located], and schema: Located) -> JSONValue? {
    var members: [(key: String, value: JSONValue)] = []
    var other: JSONValue?
    func take(_ value: JSONValue?) {
      guard let value else { return }
      guard let found = value.members else {
        other = other ?? value
        return
      }
      for member in found {
        if let known = members.firstIndex(where: { $0.key == member.key }) {
          members[known].value = member.value
        } else {
          members.append(member)
        }
      }
    }
    for part in parts { take(nested(part.key, part)) }
    if schema["properties"] != nil { take(object(schema)) }
    return members.isEmpty ? other : .object(members)
  }

  private mutating func object(_ schema: Located) -> JSONValue? {
    var members: [(key: String, value: JSONValue)] = []
    for (name, property) in schema["properties"]?.entries ?? [] {
      let hidden = isRequest ? "readOnly" : "writeOnly"
      if documents.resolved(property)?[hidden]?.node.boolean == true || property["deprecated"]?.node.boolean == true {
        continue
      }
      // What would go on for ever is left out.
      if let value = nested(property.key, property) { members.append((name, value)) }
    }
    if members.isEmpty, let values = schema["additionalProperties"], values.node.entries != nil,
      let value = nested(values.key, values)
    {
      members.append(("key", value))
    }
    return .object(members)
  }

  private func whole(_ bound: Located?) -> String? {
    bound?.node.number.flatMap { abs($0) < 1e15 ? String(Int64($0.rounded(.up))) : nil }
  }

  /// A text of a format of JSON Schema or OpenAPI.
  private static func text(of format: String?) -> String {
    switch format {
    case "date-time": "2026-01-15T09:30:00Z"
    case "date": "2026-01-15"
    case "time": "09:30:00Z"
    case "duration": "PT15M"
    case "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    case "email", "idn-email": "user@example.com"
    case "uri", "url", "iri": "https://example.com"
    case "uri-reference": "/path"
    case "hostname", "idn-hostname": "example.com"
    case "ipv4": "192.0.2.1"
    case "ipv6": "2001:db8::1"
    case "byte": "aGVsbG8="
    case "password": "secret"
    default: "string"
    }
  }
}
