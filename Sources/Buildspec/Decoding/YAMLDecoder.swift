internal import JourneymanSupport

/// Decodes `Decodable` types from a node tree, with errors that name key path, line and column.
///
/// Numbers, truth values (`yes`, `off`…), URLs and durations (`90s`, `1h30m`) are read from a scalar's source text,
/// quoted or not; a `String` is that text. Keys that the type never asked for are errors, because in a configuration
/// they are slips of the pen.
public struct YAMLDecoder: Sendable {
  /// Whether keys that the type does not ask for are passed over.
  public var allowsUnknownKeys: Bool

  /// Makes a decoder, strict about unknown keys unless told otherwise.
  public init(allowsUnknownKeys: Bool = false) {
    self.allowsUnknownKeys = allowsUnknownKeys
  }

  /// Decodes a value.
  ///
  /// - Parameters:
  ///   - type: what to decode.
  ///   - node: where from. For a configuration that is absent pass an empty mapping at the place where it would stand.
  ///   - path: what leads to the node, such as `actions[2].with`; error paths start with it.
  /// - Throws: ``YAMLDecodingError``.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from node: YAMLNode, path: String = ""
  ) throws(YAMLDecodingError) -> Value {
    let uses = MappingUses()
    do {
      let value = try NodeDecoder(node: node, codingPath: [], uses: uses).decode(type)
      let unknown = allowsUnknownKeys ? [] : uses.unknownKeys(path: path)
      if unknown.isEmpty { return value }
      throw YAMLDecodingError(problems: unknown)
    } catch let error as YAMLDecodingError {
      throw error
    } catch let error as DecodingError {
      throw YAMLDecodingError(problems: [.init(error, root: node, path: path)])
    } catch {
      throw YAMLDecodingError(problems: [.init(path: path, message: "\(error)", mark: node.mark)])
    }
  }
}

/// A configuration that does not fit its type.
public struct YAMLDecodingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One thing that does not fit.
  public struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// The path of keys that leads to the value, such as `actions[0].with.retries`.
    public let path: String
    /// What is wrong with the value.
    public let message: String
    /// Where the value, or the mapping that lacks it, stands.
    public let mark: YAMLMark

    /// `actions[0].with.retries: expected a whole number, found 'many' (line 12)`
    public var description: String {
      "\(path.isEmpty ? "" : path + ": ")\(message) (line \(mark.line))"
    }
  }

  /// What does not fit: one value, or all keys that are unknown. Never empty.
  public let problems: [Problem]

  /// The problems, one on each line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// What a key path is made of: mapping keys and list indexes.
enum KeyPath {
  static func render(_ codingPath: [any CodingKey], after start: String) -> String {
    codingPath.reduce(start) { path, key in
      if let index = key.intValue, key is IndexKey { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }
}

/// The place of an item in a list.
struct IndexKey: CodingKey {
  let index: Int

  init(_ index: Int) { self.index = index }

  init?(intValue: Int) { self.init(intValue) }

  init?(stringValue: String) { nil }

  var intValue: Int? { index }
  var stringValue: String { "\(index)" }
}

extension YAMLDecodingError.Problem {
  /// Finds the place of a decoding error by following its path through the nodes.
  init(_ error: DecodingError, root: YAMLNode, path start: String) {
    var codingPath: [any CodingKey]
    var message: String
    var missing: String?
    switch error {
    case .keyNotFound(let key, let context):
      (codingPath, message, missing) = (context.codingPath + [key], "is missing", key.stringValue)
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      (codingPath, message) = (context.codingPath, context.debugDescription)
    @unknown default:
      (codingPath, message) = ([], "\(error)")
    }
    var node = root
    for key in codingPath {
      let next = (key as? IndexKey).flatMap { index in node.items.map { $0[index.index] } } ?? node[key.stringValue]
      guard let next else { break }
      node = next
    }
    if let missing {
      let present = (node.entries ?? []).prefix(100).compactMap(\.key.scalar?.text).filter { $0.utf8.count <= 64 }
      if let slip = Suggestion.nearest(to: missing, among: present) {
        message += "; is '\(slip.presentable(limit: 64))' meant to be it?"
      }
    }
    self.init(path: KeyPath.render(codingPath, after: start), message: message, mark: node.mark)
  }
}
