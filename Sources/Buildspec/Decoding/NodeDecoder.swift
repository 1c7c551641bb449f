internal import JourneymanSupport

/// Records which keys of each mapping were asked for. Used by one decoding on one thread.
final class MappingUses {
  private struct Use {
    let node: YAMLNode
    let codingPath: [any CodingKey]
    var asked: Set<String> = []
    var askedForAll = false
  }

  private var uses: [String: Use] = [:]

  func enter(_ node: YAMLNode, _ codingPath: [any CodingKey]) -> String {
    let id = KeyPath.render(codingPath, after: "")
    if uses[id] == nil { uses[id] = Use(node: node, codingPath: codingPath) }
    return id
  }

  func ask(_ id: String, for key: String) { uses[id]?.asked.insert(key) }

  func askForAll(_ id: String) { uses[id]?.askedForAll = true }

  /// The keys nobody asked for, in the file's order; at most 100.
  func unknownKeys(path: String) -> [YAMLDecodingError.Problem] {
    let found = uses.values.filter { !$0.askedForAll }.flatMap { use in
      (use.node.entries ?? []).filter { !use.asked.contains($0.key.scalar?.text ?? "") }.map { (use, $0.key) }
    }.sorted { ($0.1.mark.line, $0.1.mark.column) < ($1.1.mark.line, $1.1.mark.column) }
    return found.prefix(100).map { use, key in
      let text = key.scalar?.text ?? key.kind
      let nearest = text.utf8.count <= 64 ? Suggestion.nearest(to: text, among: use.asked.sorted()) : nil
      let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
      return .init(
        path: KeyPath.render(use.codingPath, after: path),
        message: "unknown key '\(text.presentable(limit: 64))'\(hint)",
        mark: key.mark)
    }
  }
}

/// A node, as the standard library's `Decoder`.
struct NodeDecoder: Decoder {
  let node: YAMLNode
  let codingPath: [any CodingKey]
  let uses: MappingUses

  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The decoder of a value below this one.
  func below(_ node: YAMLNode, _ key: any CodingKey) -> NodeDecoder {
    NodeDecoder(node: node, codingPath: codingPath + [key], uses: uses)
  }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let type = type as? any TextDecodable.Type {
      if !node.isNull, let scalar = node.scalar, let value = type.decode(scalar) as? Value { return value }
      throw mismatch(type, expected: type.expectation)
    }
    do {
      return try Value(from: self)
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.count == codingPath.count {
      throw choices(of: type).map { corrupted("'\(shown)' is not one of \($0)") }
        ?? DecodingError.dataCorrupted(context)
    } catch let error as DecodingError {
      throw error
    } catch {
      throw corrupted("\(error)")
    }
  }

  func mismatch(_ type: Any.Type, expected: String) -> DecodingError {
    let found = node.scalar == nil || node.isNull ? node.kind : "'\(shown)'"
    let context = DecodingError.Context(
      codingPath: codingPath, debugDescription: "expected \(expected), found \(found)")
    return node.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  private func corrupted(_ message: String) -> DecodingError {
    .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: message))
  }

  private var shown: String { node.scalar?.text.presentable(limit: 40) ?? "" }

  /// The words of an enumeration, and the one that was probably meant.
  private func choices(of type: Any.Type) -> String? {
    guard let type = type as? any CaseIterable.Type, let text = node.scalar?.text else { return nil }
    func words<Choice: CaseIterable>(_: Choice.Type) -> [String] {
      Choice.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    }
    let words = words(type)
    if words.isEmpty { return nil }
    let nearest = text.utf8.count <= 64 ? Suggestion.nearest(to: text, among: words) : nil
    return words.joined(separator: ", ") + (nearest.map { "; did you mean '\($0)'?" } ?? "")
  }

  func container<Key: CodingKey>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let entries = node.entries else { throw mismatch([String: Any].self, expected: "a mapping") }
    return KeyedDecodingContainer(KeyedNodes(decoder: self, entries: entries))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let items = node.items else { throw mismatch([Any].self, expected: "a list") }
    return ListedNodes(decoder: self, items: items)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleNode(decoder: self) }
}
