/// One test of a report.
public struct ReportCase: Sendable, Hashable, Codable {
  /// How a test ended.
  public enum Status: String, Sendable, Hashable, Codable {
    /// It passed.
    case succeeded = "SUCCEEDED"
    /// What it checks does not hold.
    case failed = "FAILED"
    /// It broke before it could pass or fail.
    case error = "ERROR"
    /// It was not run.
    case skipped = "SKIPPED"
    /// It ran without a verdict.
    case unknown = "UNKNOWN"

    /// Whether it speaks against the code.
    public var isFailure: Bool { self == .failed || self == .error }
  }

  /// The suite, feature or fixture it belongs to; may be empty.
  public var suite: String
  /// The class or module that holds it.
  public var className: String?
  /// Its name.
  public var name: String
  /// How it ended.
  public var status: Status
  /// How long it took, in seconds.
  public var durationSeconds: Double?
  /// Why it did not pass: message and trace, at most 5,000 characters.
  public var message: String?
  /// Whether it failed once and passed when it was run again.
  public var flaky: Bool?

  private enum CodingKeys: String, CodingKey {
    case suite, name, status, durationSeconds, message, flaky
    case className = "class"
  }

  /// Describes a test.
  public init(
    suite: String, className: String? = nil, name: String, status: Status = .succeeded,
    durationSeconds: Double? = nil, message: String? = nil
  ) {
    self.suite = suite
    self.className = className
    self.name = name
    self.status = status
    self.durationSeconds = durationSeconds
    self.message = message
  }

  /// What tells it from others, also in another run: `class.name`, else `suite.name`. Rows of a table may share one.
  public var identifier: String {
    let group = className ?? suite
    return group.isEmpty || name.hasPrefix(group + ".") ? name : "\(group).\(name)"
  }
}
