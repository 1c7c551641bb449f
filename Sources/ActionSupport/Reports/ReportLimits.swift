/// How much of a report is read; the rest is an error, or cut where it is text.
enum ReportLimits {
  /// The largest JSON file; it is read at once.
  static let jsonBytes = 64 << 20
  /// The most tests or findings of a file.
  static let entries = 500_000
  /// The most lines of source code in a coverage file.
  static let lines = 5_000_000
  /// The longest message of a test, as CodeBuild cuts it.
  static let messageCharacters = 5_000
  /// The longest name of a test, suite or file.
  static let nameCharacters = 1_000
  /// What the messages of one file may take together; further ones are dropped.
  static let messageBytes = 64 << 20
}
