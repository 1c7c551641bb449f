/// What an administrator wants a Jenkins node to be; what is `nil` stays as it is.
public struct NodeDescription: Sendable, Equatable {
  /// The labels, each one word or more.
  public var labels: [String]?
  /// How many builds Jenkins gives it at once.
  public var executors: Int?
  /// The remote root directory.
  public var directory: String?

  /// Describes a node.
  public init(labels: [String]? = nil, executors: Int? = nil, directory: String? = nil) {
    self.labels = labels
    self.executors = executors
    self.directory = directory
  }

  /// The labels as Jenkins takes them: separated by spaces; one with a space, a quote or a backslash in it stands in
  /// double quotes, with backslashes before quotes and backslashes (`hudson.util.QuotedStringTokenizer`).
  public var labelText: String? {
    labels?.map { label in
      guard label.contains(where: { $0.isWhitespace || "\"'\\".contains($0) }) else { return label }
      return "\"\(label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }.joined(separator: " ")
  }
}
