/// How an action ended and what it leaves.
public struct ActionOutcome: Sendable, Hashable {
  /// How an action ended.
  public enum Status: String, Sendable, Hashable, Codable {
    /// It did what it was asked.
    case succeeded
    /// It did not: the build fails.
    case failed
  }

  /// How it ended.
  public var status: Status
  /// A sentence for people, for example `312 of 312 tests passed`.
  public var message: String
  /// What later phases and actions see as `ACTION_<NAME>_<KEY>`. Keys are letters, digits, hyphens and underscores.
  public var outputs: [String: String] = [:]
  /// Files and folders to add to the build's artifacts.
  public var artifacts: [ActionArtifact] = []
  /// Reports to add to the build's.
  public var reports: [ActionReport] = []

  /// Puts an outcome together.
  public init(_ status: Status, _ message: String, outputs: [String: String] = [:]) {
    self.status = status
    self.message = message
    self.outputs = outputs
  }

  /// The action did what it was asked.
  public static func succeeded(_ message: String, outputs: [String: String] = [:]) -> ActionOutcome {
    ActionOutcome(.succeeded, message, outputs: outputs)
  }

  /// The action did not do what it was asked.
  public static func failed(_ message: String, outputs: [String: String] = [:]) -> ActionOutcome {
    ActionOutcome(.failed, message, outputs: outputs)
  }
}

/// Files that an action adds to the build's artifacts: packaged, sealed and stored as the buildspec's own.
public struct ActionArtifact: Sendable, Hashable, Codable {
  /// Where the files lie.
  public enum Root: String, Sendable, Hashable, Codable {
    /// In the action's output directory.
    case output
    /// In the workspace.
    case workspace
  }

  /// The artifact's name, unique in the build.
  public var name: String
  /// The directory that holds the files, relative to the root.
  public var directory: String
  /// Patterns of files relative to the directory.
  public var files: [String]
  /// Where the directory lies.
  public var root: Root

  /// Names files.
  public init(name: String, directory: String = ".", files: [String] = ["**/*"], root: Root = .output) {
    self.name = name
    self.directory = directory
    self.files = files
    self.root = root
  }

  /// Reads an artifact; everything but the name has a default.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    directory = try container.decodeIfPresent(String.self, forKey: .directory) ?? "."
    files = try container.decodeIfPresent([String].self, forKey: .files) ?? ["**/*"]
    root = try container.decodeIfPresent(Root.self, forKey: .root) ?? .output
  }
}

/// Test or coverage results: one entry of `reports` in `result.json`.
public struct ActionReport: Sendable, Hashable, Codable {
  /// Test results in numbers.
  public struct Totals: Sendable, Hashable, Codable {
    /// All tests.
    public var total: Int
    /// Tests that passed.
    public var passed: Int
    /// Tests that failed.
    public var failed: Int
    /// Tests that broke before they could pass or fail.
    public var errors: Int
    /// Tests that were not run.
    public var skipped: Int
    /// How long they took, in seconds.
    public var durationSeconds: Double

    /// Collects numbers.
    public init(total: Int, passed: Int, failed: Int, errors: Int, skipped: Int, durationSeconds: Double) {
      self.total = total
      self.passed = passed
      self.failed = failed
      self.errors = errors
      self.skipped = skipped
      self.durationSeconds = durationSeconds
    }
  }

  /// How much of something was reached.
  public struct Coverage: Sendable, Hashable, Codable {
    /// How many were reached.
    public var covered: Int
    /// How many there are.
    public var total: Int

    /// Collects numbers.
    public init(covered: Int, total: Int) {
      self.covered = covered
      self.total = total
    }
  }

  /// The report's name.
  public var name: String
  /// The format of what was read, such as `JUNITXML`.
  public var format: String
  /// Files in the action's output directory that belong to it; they are put into the build's `reports/` under the same
  /// relative paths.
  public var files: [String]
  /// Test results.
  public var totals: Totals?
  /// Line coverage.
  public var lines: Coverage?
  /// Branch coverage.
  public var branches: Coverage?
  /// What scanners found: how many of each level (`error`, `warning`, `note`, `none`).
  public var findings: [String: Int]?

  /// Describes a report.
  public init(
    name: String, format: String, files: [String] = [], totals: Totals? = nil, lines: Coverage? = nil,
    branches: Coverage? = nil, findings: [String: Int]? = nil
  ) {
    self.name = name
    self.format = format
    self.files = files
    self.totals = totals
    self.lines = lines
    self.branches = branches
    self.findings = findings
  }

  /// Reads a report; only name and format have to be there.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    format = try container.decode(String.self, forKey: .format)
    files = try container.decodeIfPresent([String].self, forKey: .files) ?? []
    totals = try container.decodeIfPresent(Totals.self, forKey: .totals)
    lines = try container.decodeIfPresent(Coverage.self, forKey: .lines)
    branches = try container.decodeIfPresent(Coverage.self, forKey: .branches)
    findings = try container.decodeIfPresent([String: Int].self, forKey: .findings)
  }
}
