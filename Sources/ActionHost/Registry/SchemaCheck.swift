internal import Foundation
internal import JourneymanActionKit
internal import JourneymanBuildspec
internal import JourneymanSupport

/// Compares a YAML tree with a schema and gathers every mistake with its path and place.
struct SchemaCheck {
  private(set) var problems: [ActionConfigurationError.Problem] = []

  private static let mostProblems = 100

  /// Checks the keys of a mapping.
  mutating func object(_ node: YAMLNode, _ keys: [ConfigurationKey], path: String) {
    guard let entries = node.entries else { return report(path, "expected a mapping, found \(shown(node))", node) }
    for entry in entries {
      guard let name = entry.key.scalar?.text else {
        report(path, "expected text as key, found \(entry.key.kind)", entry.key)
        continue
      }
      if let key = keys.first(where: { $0.name == name }) {
        // An empty value is an absent one, as YAML's own tools have it.
        if entry.value.isNull {
          if key.isRequired { report("\(path).\(name)", "expected \(key.type.expectation), found nothing", entry.key) }
        } else {
          value(entry.value, key.type, path: "\(path).\(name)")
        }
      } else {
        let nearest = name.utf8.count <= 64 ? Suggestion.nearest(to: name, among: keys.map(\.name)) : nil
        let known = keys.isEmpty ? "; this takes no keys" : "; known are " + keys.map(\.name).joined(separator: ", ")
        report(
          path, "unknown key '\(name.prefix(64))'" + (nearest.map { "; did you mean '\($0)'?" } ?? known), entry.key)
      }
    }
    for key in keys where key.isRequired && node[key.name] == nil {
      report("\(path).\(key.name)", "is missing: \(key.summary)", node)
    }
  }

  private mutating func value(_ node: YAMLNode, _ type: ConfigurationType, path: String) {
    switch type {
    case .any: break
    case .object(let keys): object(node, keys, path: path)
    case .list(let item):
      guard let items = node.items else { return value(node, item, path: path) }
      for (index, element) in items.enumerated() { value(element, item, path: "\(path)[\(index)]") }
    case .mapping(let inner):
      guard let entries = node.entries else {
        return report(path, "expected \(type.expectation), found \(shown(node))", node)
      }
      for entry in entries { value(entry.value, inner, path: "\(path).\(entry.key.scalar?.text.prefix(64) ?? "?")") }
    case .choice(let words):
      guard let text = node.scalar?.text, !node.isNull else { return mismatch(path, type, node) }
      if words.contains(text) { return }
      let nearest = text.utf8.count <= 64 ? Suggestion.nearest(to: text, among: words) : nil
      report(
        path, "'\(text.prefix(40))' is not \(type.expectation)\(nearest.map { "; did you mean '\($0)'?" } ?? "")", node)
    case .text, .integer, .number, .boolean, .duration:
      guard let scalar = node.scalar, !node.isNull, Self.fits(scalar, type) else { return mismatch(path, type, node) }
    }
  }

  private static func fits(_ scalar: YAMLScalar, _ type: ConfigurationType) -> Bool {
    switch type {
    case .integer: Int64(scalar.text) != nil
    case .number: Double(scalar.text)?.isFinite == true
    case .boolean: scalar.flag != nil
    case .duration: Duration(humanReadable: scalar.text) != nil
    default: true
    }
  }

  private mutating func mismatch(_ path: String, _ type: ConfigurationType, _ node: YAMLNode) {
    report(path, "expected \(type.expectation), found \(shown(node))", node)
  }

  private func shown(_ node: YAMLNode) -> String {
    node.isNull ? node.kind : node.scalar.map { "'\($0.text.prefix(40))'" } ?? node.kind
  }

  private mutating func report(_ path: String, _ message: String, _ node: YAMLNode) {
    if problems.count < Self.mostProblems { problems.append(.init(path: path, message: message, mark: node.mark)) }
  }
}
