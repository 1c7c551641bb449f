/// One finding of a scanner.
public struct ReportFinding: Sendable, Hashable, Codable {
  /// How much a finding matters (SARIF 2.1.0, §3.27.10).
  public enum Level: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Does not apply.
    case none
    /// A remark.
    case note
    /// A problem.
    case warning
    /// A serious problem.
    case error

    /// From `none` to `error`.
    public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .none: 0
      case .note: 1
      case .warning: 2
      case .error: 3
      }
    }
  }

  /// How much it matters.
  public var level: Level
  /// The rule that it breaks.
  public var rule: String
  /// What was found, at most 5,000 characters.
  public var message: String
  /// The scanner.
  public var tool: String
  /// The file's path or URI.
  public var file: String?
  /// The line, from 1.
  public var line: Int?
  /// Whether somebody has accepted it in the code or in the tool; it then counts nowhere.
  public var suppressed: Bool?

  /// What tells it from others when lines move.
  public var identifier: String { "\(rule)\u{1F}\(file ?? "")\u{1F}\(message)" }
}
