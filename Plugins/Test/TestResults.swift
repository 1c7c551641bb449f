import JourneymanActionKit
import JourneymanActionSupport

/// Everything that was read, in numbers.
struct TestResults {
  /// One for each format, those of tests first.
  let normal: [NormalReport]
  let name: String
  let cases: [ReportCase]
  let coverage: ReportCoverage?
  /// Findings that nobody has accepted; `nil` without a scanner's report.
  let findings: [ReportFinding]?

  init(name: String, reports: [LoadedReport]) {
    self.name = name
    var formats: [ReportFormat] = []
    for report in reports where !formats.contains(report.content.format) { formats.append(report.content.format) }
    // Tests come first and have the plain name.
    formats = formats.filter { $0.kind == .tests } + formats.filter { $0.kind != .tests }
    normal = formats.map { format in
      let own = reports.filter { $0.content.format == format }
      return NormalReport(
        name: format == formats.first ? name : "\(name) \(format.rawValue.lowercased())", format: format,
        files: own.map(\.path), contents: own.map(\.content))
    }
    cases = reports.flatMap(\.content.cases)
    let covering = reports.filter { $0.content.format.kind == .coverage }
    coverage =
      covering.isEmpty
      ? nil : covering.reduce(into: ReportCoverage()) { $0.merge($1.content.coverage) }
    let scans = reports.filter { $0.content.format.kind == .findings }
    findings = scans.isEmpty ? nil : scans.flatMap(\.content.findings).filter { $0.suppressed != true }
  }

  var hasTests: Bool { normal.contains { $0.totals != nil } }
  var totals: ActionReport.Totals { cases.totals }
  var flaky: [ReportCase] { cases.filter { $0.flaky == true && $0.status == .succeeded } }
  var failures: [ReportCase] { cases.filter(\.status.isFailure) }

  /// Passed tests in percent of those that were run; `nil` when none was.
  var passRate: Double? {
    let run = totals.total - totals.skipped
    return run == 0 ? nil : 100 * Double(totals.passed) / Double(run)
  }

  /// `310 of 312 tests passed, 1 failed, 1 skipped; lines 80 % (8 of 10) covered; 3 findings`
  var sentence: String {
    var parts: [String] = []
    if hasTests {
      let totals = totals
      let rest = [
        (totals.failed, "failed"), (totals.errors, "broke"), (totals.skipped, "skipped"), (flaky.count, "flaky"),
      ].filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
      parts.append("\(totals.passed) of \(totals.total) tests passed\(rest)")
    }
    if let coverage {
      let branches = coverage.branches
      let tail = branches.total == 0 ? "" : ", branches \(Percent.text(branches))"
      parts.append("lines \(Percent.text(coverage.lines))\(tail) covered")
    }
    if let findings { parts.append("\(findings.count) finding\(findings.count == 1 ? "" : "s")") }
    return parts.joined(separator: "; ")
  }

  var outputs: [String: String] {
    var outputs: [String: String] = [:]
    if hasTests {
      let totals = totals
      outputs["total"] = "\(totals.total)"
      outputs["passed"] = "\(totals.passed)"
      outputs["failed"] = "\(totals.failed)"
      outputs["errors"] = "\(totals.errors)"
      outputs["skipped"] = "\(totals.skipped)"
      outputs["flaky"] = "\(flaky.count)"
      outputs["pass-rate"] = passRate.map { Percent.number($0) }
    }
    if let coverage {
      outputs["line-coverage"] = Percent.of(coverage.lines).map { Percent.number($0) }
      outputs["branch-coverage"] = Percent.of(coverage.branches).map { Percent.number($0) }
    }
    if let findings { outputs["findings"] = "\(findings.count)" }
    return outputs
  }

  /// Writes the normal form of each format, and all tests as one JUnit document.
  func write(to output: OutputFiles) async throws -> [ActionReport] {
    var entries: [ActionReport] = []
    for report in normal {
      try await output.write(report.encoded(), to: report.name + ".json")
      entries.append(report.entry(files: [report.name + ".json"]))
    }
    if hasTests, let first = entries.firstIndex(where: { $0.totals != nil }) {
      let file = name + ".junit.xml"
      try await output.write(JUnitDocument(name: name, cases: cases).bytes, to: file)
      entries[first].files.append(file)
    }
    return entries
  }
}

/// Shares of a whole.
enum Percent {
  /// `nil` of nothing.
  static func of(_ coverage: ActionReport.Coverage) -> Double? {
    coverage.total == 0 ? nil : 100 * Double(coverage.covered) / Double(coverage.total)
  }

  /// At most two digits behind the point, rounded down: what is not reached is never shown as reached.
  static func number(_ share: Double) -> String {
    let value = (share * 100 + 1e-7).rounded(.down) / 100
    return value == value.rounded() ? "\(Int(value))" : "\(value)"
  }

  /// `80.5 % (161 of 200)`
  static func text(_ coverage: ActionReport.Coverage) -> String {
    "\(of(coverage).map { number($0) + " %" } ?? "none") (\(coverage.covered) of \(coverage.total))"
  }
}
