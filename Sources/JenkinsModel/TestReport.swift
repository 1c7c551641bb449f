/// Reports of tests to be read, as Jenkins' `junit` step asks for them.
public struct TestReportJob: Codable, Sendable, Hashable {
  /// How much of what passing tests print is kept.
  public enum OutputRetention: String, Codable, Sendable {
    /// The beginning and the end.
    case none = "NONE"
    /// All of what failing tests print, the beginning and the end of what others do.
    case failed = "FAILED"
    /// All.
    case all = "ALL"
  }

  /// The reports.
  public var files: FileSelection
  /// Reports older than this are left out, in milliseconds since 1970.
  public var oldest: Int64?
  /// How much output is kept.
  public var output: OutputRetention
  /// Whether the properties of tests and suites are kept.
  public var keepsProperties: Bool
  /// The directory's path, for messages.
  public var directory: String

  /// Describes the reports.
  public init(
    files: FileSelection, oldest: Int64?, output: OutputRetention, keepsProperties: Bool, directory: String
  ) {
    self.files = files
    self.oldest = oldest
    self.output = output
    self.keepsProperties = keepsProperties
    self.directory = directory
  }
}

/// A `<testsuite>` with test cases of its own.
public struct TestSuite: Codable, Sendable, Hashable {
  /// The report, relative to the directory; `nil` when it could not be read.
  public var file: String?
  /// The name, with its package.
  public var name: String
  /// As the report has it.
  public var id: String?
  /// As the report has it.
  public var timestamp: String?
  /// As the report has it.
  public var time: String?
  /// Seconds.
  public var duration: Float = 0
  /// What it printed.
  public var output: String?
  /// What it printed to standard error.
  public var errors: String?
  /// Properties.
  public var properties: [String: String] = [:]
  /// Its tests.
  public var cases: [TestCase] = []

  /// A suite without tests.
  public init(file: String?, name: String) {
    self.file = file
    self.name = name
  }
}

/// A `<testcase>`.
public struct TestCase: Codable, Sendable, Hashable {
  /// The class.
  public var className: String?
  /// The name within the class.
  public var name: String?
  /// Seconds.
  public var duration: Float = 0
  /// Whether it was skipped.
  public var isSkipped = false
  /// Why it was skipped.
  public var skippedMessage: String?
  /// The message of its error or failure.
  public var errorDetails: String?
  /// The text of its error or failure; not `nil` when it failed.
  public var errorStackTrace: String?
  /// What it printed.
  public var output: String?
  /// What it printed to standard error.
  public var errors: String?
  /// Properties.
  public var properties: [String: String] = [:]

  /// A test.
  public init(className: String?, name: String?) {
    self.className = className
    self.name = name
  }
}
