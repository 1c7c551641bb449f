internal import Foundation
internal import JourneymanActionKit
internal import JourneymanBuildspec

/// A checked configuration as the JSON that an external plugin gets: typed by the schema, not by how YAML was written.
enum ConfigurationJSON {
  /// The value of an object with known keys; absent and empty keys are left out.
  static func object(_ node: YAMLNode, _ keys: [ConfigurationKey]) -> JSONValue {
    var fields: [String: JSONValue] = [:]
    for key in keys {
      if let value = node[key.name], !value.isNull { fields[key.name] = self.value(value, key.type) }
    }
    return .object(fields)
  }

  private static func value(_ node: YAMLNode, _ type: ConfigurationType) -> JSONValue {
    let text = node.scalar?.text ?? ""
    switch type {
    case .text, .choice, .duration: return .text(text)
    case .integer: return Int64(text).map { .integer($0) } ?? .text(text)
    case .number: return Double(text).map { .number($0) } ?? .text(text)
    case .boolean: return node.scalar?.flag.map { .boolean($0) } ?? .text(text)
    case .list(let item): return .list((node.items ?? [node]).map { value($0, item) })
    case .mapping(let inner):
      let entries = (node.entries ?? []).compactMap { entry in
        entry.key.scalar.map { ($0.text, value(entry.value, inner)) }
      }
      return .object(Dictionary(entries) { $1 })
    case .object(let keys): return object(node, keys)
    case .any: return untyped(node)
    }
  }

  /// What YAML 1.2's core schema makes of a value.
  private static func untyped(_ node: YAMLNode) -> JSONValue {
    if node.isNull { return .null }
    if let items = node.items { return .list(items.map(untyped)) }
    if let entries = node.entries {
      return .object(
        Dictionary(entries.compactMap { entry in entry.key.scalar.map { ($0.text, untyped(entry.value)) } }) { $1 })
    }
    guard let scalar = node.scalar else { return .null }
    if scalar.style != .plain { return .text(scalar.text) }
    if let integer = Int64(scalar.text) { return .integer(integer) }
    if let number = Double(scalar.text), number.isFinite { return .number(number) }
    switch scalar.text {
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    default: return .text(scalar.text)
    }
  }
}
