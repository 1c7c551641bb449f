internal import JourneymanBuildspec

/// A YAML or JSON document as it was written: scalars keep their text, mappings their order, everything its line.
///
/// Bounded in size, depth and what aliases may stand for; aliases and merge keys are resolved.
public struct DataNode: Sendable {
  /// What a node says.
  public enum Content: Sendable {
    /// A single value; `isPlain` when it was written without quotes, so that `3` and `true` are no texts.
    case scalar(String, isPlain: Bool)
    /// A list.
    case list([DataNode])
    /// Keys and values in the document's order.
    case mapping([(key: String, value: DataNode)])
  }

  /// What it says.
  public let content: Content
  /// Its line in the document, from 1.
  public let line: Int
  /// Its column, from 1.
  public let column: Int

  /// Reads the first document of a text in UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - isStrict: whether a key that stands twice in a mapping, and a second document, are errors; otherwise the last of
  ///     equal keys counts, and further documents are not read.
  ///   - byteLimit: the longest text that is read, in bytes.
  ///   - nodeLimit: the most values, where what an alias stands for counts each time.
  /// - Throws: ``SupportError`` with the line of what cannot be read.
  public init(
    _ bytes: [UInt8], isStrict: Bool = false, byteLimit: Int = 1 << 20, nodeLimit: Int = 100_000
  ) throws(SupportError) {
    let document: YAMLDocument
    do throws(YAMLError) {
      let limits = YAMLLimits(bytes: byteLimit, nodes: nodeLimit)
      document = try YAMLDocument(JSONEscapes.joined(bytes), limits: limits)
    } catch {
      throw SupportError(.malformed, "\(error)", line: error.mark.line)
    }
    if isStrict, let oddity = document.oddities.first {
      let message =
        switch oddity.kind {
        case .duplicateKey(let key, let first): "the key '\(key.prefix(64))' stands in line \(first) already"
        case .furtherDocument: "a second document begins here"
        }
      throw SupportError(.malformed, message, line: oddity.mark.line)
    }
    guard let root = document.root else { throw SupportError(.malformed, "the document is empty", line: 1) }
    self.init(root)
  }

  private init(_ node: YAMLNode) {
    line = node.mark.line
    column = node.mark.column
    switch node.content {
    case .scalar(let scalar): content = .scalar(scalar.text, isPlain: scalar.style == .plain)
    case .sequence(let items): content = .list(items.map(DataNode.init))
    case .mapping(let entries):
      content = .mapping(entries.map { ($0.key.scalar?.text ?? "", DataNode($0.value)) })
    }
  }

  /// The text of a scalar.
  public var text: String? { if case .scalar(let text, _) = content { text } else { nil } }
  /// The items of a list.
  public var items: [DataNode]? { if case .list(let items) = content { items } else { nil } }
  /// The entries of a mapping.
  public var entries: [(key: String, value: DataNode)]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The value of a mapping's key; of several equal ones the last.
  public subscript(key: String) -> DataNode? { entries?.last { $0.key == key }?.value }

  /// The truth value that a plain scalar of YAML 1.2's core schema is.
  public var boolean: Bool? {
    guard case .scalar(let text, isPlain: true) = content else { return nil }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }

  /// The number that a plain scalar is.
  public var number: Double? {
    guard case .scalar(let text, isPlain: true) = content else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }
}
