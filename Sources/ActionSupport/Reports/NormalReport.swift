internal import Foundation
public import JourneymanActionKit

/// The one form in which all reports are kept: `reports/<name>.json` of a build. It serves as a baseline too.
public struct NormalReport: Sendable, Codable {
  /// The tests of one suite in numbers.
  public struct Suite: Sendable, Codable {
    /// The suite's name.
    public var name: String
    /// Its numbers.
    public var totals: ActionReport.Totals
  }

  /// A test and how long it took.
  public struct Slow: Sendable, Codable {
    /// ``ReportCase/identifier``
    public var test: String
    /// In seconds.
    public var durationSeconds: Double
  }

  /// One source file.
  public struct File: Sendable, Codable {
    /// Its path as in the report.
    public var path: String
    /// Its lines.
    public var lines: ActionReport.Coverage
    /// Its branches, if it has any.
    public var branches: ActionReport.Coverage?
    /// The numbers of lines that were not reached: `3-5,9`.
    public var missed: String
  }

  /// Coverage of everything and of each file.
  public struct Coverage: Sendable, Codable {
    /// All lines.
    public var lines: ActionReport.Coverage
    /// All branches.
    public var branches: ActionReport.Coverage
    /// Each file, sorted by path.
    public var files: [File]
  }

  /// 1
  public var schema = 1
  /// The report's name.
  public var name: String
  /// The format of what was read.
  public var format: String
  /// The files that were read.
  public var files: [String]
  /// All tests in numbers.
  public var totals: ActionReport.Totals?
  /// The tests by suite, sorted by name.
  public var suites: [Suite]?
  /// The ten slowest tests, the slowest first.
  public var slowest: [Slow]?
  /// Tests that failed once and passed when they were run again.
  public var flaky: [String]?
  /// Every test.
  public var tests: [ReportCase]?
  /// Coverage.
  public var coverage: Coverage?
  /// Findings of scanners.
  public var findings: [ReportFinding]?

  /// Sums up what was read.
  ///
  /// - Parameters:
  ///   - contents: all of one kind.
  ///   - files: where they were read from.
  public init(name: String, format: ReportFormat, files: [String], contents: [ReportContent]) {
    self.name = name
    self.format = format.rawValue
    self.files = files
    switch format.kind {
    case .tests: summarise(contents.flatMap(\.cases))
    case .coverage: summarise(contents.reduce(into: ReportCoverage()) { $0.merge($1.coverage) })
    case .findings: findings = contents.flatMap(\.findings)
    }
  }

  /// The findings that nobody has accepted, by level.
  public var openFindings: [ReportFinding.Level: Int]? {
    findings.map { all in
      Dictionary(grouping: all.filter { $0.suppressed != true }, by: \.level).mapValues(\.count)
    }
  }

  private mutating func summarise(_ cases: [ReportCase]) {
    tests = cases
    totals = cases.totals
    suites = Dictionary(grouping: cases, by: \.suite).map { Suite(name: $0.key, totals: $0.value.totals) }
      .sorted { $0.name < $1.name }
    slowest = cases.sorted { ($0.durationSeconds ?? 0) > ($1.durationSeconds ?? 0) }.prefix(10)
      .compactMap { test in test.durationSeconds.map { Slow(test: test.identifier, durationSeconds: $0) } }
    flaky = cases.filter { $0.flaky == true }.map(\.identifier)
  }

  private mutating func summarise(_ all: ReportCoverage) {
    let files = all.files.sorted { $0.key < $1.key }.map { path, file in
      File(path: path, lines: file.lines, branches: file.branches.total > 0 ? file.branches : nil, missed: file.missed)
    }
    coverage = Coverage(lines: all.lines, branches: all.branches, files: files)
  }

  /// The report as JSON.
  public func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [10]
  }

  /// Reads a report that was kept.
  ///
  /// - Throws: `DecodingError` for anything else.
  public init(bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }

  /// The report as an entry of `result.json`.
  public func entry(files: [String]) -> ActionReport {
    ActionReport(
      name: name, format: format, files: files, totals: totals, lines: coverage?.lines,
      branches: coverage.flatMap { $0.branches.total > 0 ? $0.branches : nil },
      findings: openFindings.map { counts in
        Dictionary(uniqueKeysWithValues: ReportFinding.Level.allCases.map { ($0.rawValue, counts[$0] ?? 0) })
      })
  }
}
