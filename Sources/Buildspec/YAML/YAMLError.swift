/// Why a text is not a YAML document that may be used.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, in libyaml's words where libyaml found it, such as `did not find expected ',' or ']'`.
  public let problem: String
  /// What was being read, in libyaml's words, such as `while parsing a flow sequence`.
  public let context: String?
  /// Where that started.
  public let contextMark: YAMLMark?
  /// Where it went wrong.
  public let mark: YAMLMark

  init(_ problem: String, at mark: YAMLMark, context: String? = nil, contextMark: YAMLMark? = nil) {
    self.problem = problem
    self.mark = mark
    self.context = context
    self.contextMark = contextMark
  }

  /// `did not find expected ',' or ']' at line 19`
  public var description: String { "\(problem) at line \(mark.line)" }

  /// `while parsing a flow sequence from line 17`, if there is more to say than ``description`` does.
  public var note: String? {
    guard let context else { return nil }
    guard let contextMark, contextMark != mark else { return context }
    return "\(context) from line \(contextMark.line)"
  }
}

/// How much of a document is read before it is refused: a file may be hostile.
public struct YAMLLimits: Sendable, Hashable {
  /// The most bytes.
  public var bytes: Int
  /// The most nodes, where what an alias stands for counts each time.
  public var nodes: Int
  /// The most collections within each other.
  public var depth: Int
  /// The most `%TAG` directives: libyaml compares each with all before it.
  static let tagDirectives = 100

  /// Sets limits. The defaults are far above what people write: a megabyte, a hundred thousand nodes, 128 levels.
  public init(bytes: Int = 1 << 20, nodes: Int = 100_000, depth: Int = 128) {
    self.bytes = bytes
    self.nodes = nodes
    self.depth = depth
  }
}
