/// What became of a buildspec file: the buildspec, if it may be used, and everything wrong or odd about it.
public struct BuildspecDocument: Sendable, Equatable {
  /// A section with keys that mean nothing there.
  public struct UnknownKeys: Sendable, Equatable {
    /// The section: a key path such as `artifacts`, or a phase's name in capitals.
    public var section: String
    /// The keys, in the file's order.
    public var keys: [String]

    /// Names keys of a section.
    public init(section: String, keys: [String]) {
      self.section = section
      self.keys = keys
    }
  }

  /// The file's name as the caller gave it.
  public var file: String
  /// The buildspec, or `nil` if there is an error among ``problems``.
  public var buildspec: Buildspec?
  /// All problems, in the order of their places; at most 500 errors and 500 warnings.
  public var problems: [BuildspecProblem]
  /// The keys that mean nothing, by section, sections sorted by name. Each is among ``problems`` too.
  public var unknownKeys: [UnknownKeys]

  /// The errors among the problems.
  public var errors: [BuildspecProblem] { problems.filter { $0.severity == .error } }

  /// The warnings among the problems.
  public var warnings: [BuildspecProblem] { problems.filter { $0.severity == .warning } }

  /// CodeBuild's log text about unknown keys, or `nil` if there are none.
  public var unknownKeysText: String? {
    if unknownKeys.isEmpty { return nil }
    var lines = ["Found possible syntax errors in buildspec: "]
    for section in unknownKeys {
      lines.append("In the section \(section.section)")
      lines.append("    The following keys cannot be identified:")
      lines += section.keys.map { "        \($0)" }
    }
    return lines.joined(separator: "\n")
  }
}

extension Buildspec {
  /// Reads a buildspec: YAML or JSON, UTF-8 with or without a byte order mark or UTF-16 with one, any line ends.
  ///
  /// Never fails as such: whatever the bytes are, the answer is a document, in time and memory proportional to
  /// ``largestFile`` at most.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the file's name for the problems.
  public static func parse(_ bytes: [UInt8], file: String) -> BuildspecDocument {
    let problems = Problems(file: file)
    var buildspec: Buildspec?
    do throws(YAMLError) {
      let document = try YAMLDocument(bytes)
      problems.add(document.oddities)
      buildspec = BuildspecReader(problems: problems).read(document.root)
    } catch {
      problems.error(error.description, at: error.mark, note: error.note)
    }
    return BuildspecDocument(
      file: file, buildspec: problems.hasErrors ? nil : buildspec, problems: problems.sorted,
      unknownKeys: problems.unknownKeys)
  }
}
