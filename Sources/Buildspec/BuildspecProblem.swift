/// Something wrong or odd in a buildspec, with its place.
public struct BuildspecProblem: Sendable, Hashable, Codable, CustomStringConvertible {
  /// How bad it is.
  public enum Severity: String, Sendable, Codable {
    /// The buildspec cannot be used.
    case error
    /// The build goes on.
    case warning
  }

  /// What kind of problem it is. Errors have CodeBuild's status codes.
  public struct Code: RawRepresentable, Sendable, Hashable, Codable {
    /// The code as it is written in a phase context or in JSON.
    public let rawValue: String

    /// Wraps a code.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The file is not a buildspec.
    public static let yamlFileError = Code(rawValue: "YAML_FILE_ERROR")
    /// The batch section is wrong.
    public static let batchSpecError = Code(rawValue: "BATCH_SPEC_VALIDATION_ERROR")
    /// A key that means nothing here; it is left out.
    public static let unknownKey = Code(rawValue: "UNKNOWN_KEY")
    /// A key that stands there twice; the last one counts.
    public static let duplicateKey = Code(rawValue: "DUPLICATE_KEY")
    /// A value or item that has no effect.
    public static let ignored = Code(rawValue: "IGNORED")
    /// A name that may not be used, or cannot be used in a shell.
    public static let unusableName = Code(rawValue: "UNUSABLE_NAME")
    /// A version other than 0.1 and 0.2, or one that CodeBuild refuses in this form.
    public static let version = Code(rawValue: "VERSION")
  }

  /// How bad it is.
  public var severity: Severity
  /// What kind of problem it is.
  public var code: Code
  /// What is wrong. For errors that CodeBuild reports too, its text.
  public var message: String
  /// What helps to understand the message, such as where the list began that never ends.
  public var note: String?
  /// The file's name as the caller gave it.
  public var file: String
  /// The line, from 1.
  public var line: Int
  /// The column in characters, from 1.
  public var column: Int

  /// Describes a problem.
  public init(
    _ severity: Severity, _ code: Code, _ message: String, note: String? = nil, file: String, mark: YAMLMark
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.note = note
    self.file = file
    line = mark.line
    column = mark.column
  }

  /// `buildspec.yml:19:3: error: did not find expected ',' or ']' at line 19 (while parsing a flow sequence)`
  public var description: String {
    "\(file):\(line):\(column): \(severity.rawValue): \(message)\(note.map { " (\($0))" } ?? "")"
  }
}
