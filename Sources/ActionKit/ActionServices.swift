/// What the host does for a plugin: the seam behind ``ActionContext``, for built-in plugins, guests and tests.
public protocol ActionServices: Sendable {
  /// Says something in the build's log.
  func log(_ text: String, _ level: ActionLogLevel)
  /// Says how far something has come.
  func progress(_ text: String, done: Int64, total: Int64)
  /// Starts a process and waits for its end.
  func run(_ process: ProcessRequest) async throws -> ProcessResult
  /// Sends an HTTP request.
  func send(_ request: WebRequest) async throws -> WebResponse
  /// Asks somebody to decide.
  func decide(_ question: DecisionQuestion) async throws -> Decision
}

/// A question that somebody has to decide.
public struct DecisionQuestion: Sendable, Hashable, Codable {
  /// What is asked, in a few lines.
  public var text: String
  /// How long to wait for an answer, in seconds.
  public var timeoutSeconds: Double

  /// Asks a question.
  public init(_ text: String, timeout: Duration) {
    self.text = text
    timeoutSeconds = Double(timeout.components.seconds)
  }
}

/// The answer to a question.
public struct Decision: Sendable, Hashable, Codable {
  /// Whether it is approved.
  public var isApproved: Bool
  /// Who decided and how, for people: `anna at the terminal`.
  public var by: String
  /// What was said with it.
  public var comment: String?

  /// Puts an answer together.
  public init(isApproved: Bool, by: String, comment: String? = nil) {
    self.isApproved = isApproved
    self.by = by
    self.comment = comment
  }
}
