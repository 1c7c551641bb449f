import JourneymanActionKit
import JourneymanActionSupport

/// The results as lines of a log.
struct TestSummary {
  private static let mostEntries = 20

  private(set) var lines: [(text: String, level: ActionLogLevel)] = []

  init(results: TestResults, gates: [Gate]) {
    for report in results.normal {
      let count = report.files.count
      say("\(report.name): \(report.format), \(count) file\(count == 1 ? "" : "s")")
    }
    if results.hasTests { tests(results) }
    if let coverage = results.coverage { self.coverage(coverage) }
    if let findings = results.findings { list(findings) }
    say(results.sentence)
    for gate in gates { say("\(gate.isMet ? "met" : "NOT MET"): \(gate.sentence)", gate.isMet ? .info : .error) }
  }

  private mutating func tests(_ results: TestResults) {
    let suites = results.normal.flatMap { $0.suites ?? [] }
    if suites.count > 1 {
      table(
        ["suite", "total", "passed", "failed", "errors", "skipped", "seconds"],
        suites.prefix(Self.mostEntries).map { suite in
          let totals = suite.totals
          let numbers = [totals.total, totals.passed, totals.failed, totals.errors, totals.skipped].map { "\($0)" }
          return [Self.line(suite.name, 60)] + numbers + [Percent.number(totals.durationSeconds)]
        })
      more(suites.count)
    }
    let failures = results.failures
    for test in failures.prefix(Self.mostEntries) {
      let why = test.message.map { ": \(Self.line($0, 200))" } ?? ""
      say("  \(test.status == .error ? "error" : "failed"): \(Self.line(test.identifier, 200))\(why)")
    }
    more(failures.count)
    let flaky = results.flaky
    for test in flaky.prefix(Self.mostEntries) { say("  flaky: \(Self.line(test.identifier, 200))", .warning) }
    more(flaky.count)
    let slow = results.normal.flatMap { $0.slowest ?? [] }.filter { $0.durationSeconds >= 0.01 }
      .sorted { $0.durationSeconds > $1.durationSeconds }
    for test in slow.prefix(3) {
      say("  slow: \(Percent.number(test.durationSeconds)) s \(Self.line(test.test, 200))")
    }
    if results.totals.total == 0 { say("the reports hold no test", .warning) }
  }

  private mutating func coverage(_ coverage: ReportCoverage) {
    // The files that would gain most.
    let worst = coverage.files.map { (path: $0.key, lines: $0.value.lines, missed: $0.value.missed) }
      .filter { $0.lines.covered < $0.lines.total }
      .sorted { ($1.lines.total - $1.lines.covered, $0.path) < ($0.lines.total - $0.lines.covered, $1.path) }
    for file in worst.prefix(5) {
      let missed = file.missed.isEmpty ? "" : ", missed \(Self.line(file.missed, 80))"
      say("  \(Self.line(file.path, 120)): lines \(Percent.text(file.lines))\(missed)")
    }
  }

  private mutating func list(_ findings: [ReportFinding]) {
    let sorted = findings.sorted { ($1.level, $0.identifier) < ($0.level, $1.identifier) }
    for finding in sorted.prefix(Self.mostEntries) {
      let place = finding.file.map { "\($0)\(finding.line.map { ":\($0)" } ?? ""): " } ?? ""
      let text = "\(finding.level.rawValue): \(place)\(finding.message) [\(finding.rule)]"
      say("  " + Self.line(text, 300), finding.level == .error ? .warning : .info)
    }
    more(findings.count)
  }

  private mutating func table(_ head: [String], _ rows: [[String]]) {
    let all = [head] + rows
    let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    for row in all {
      let cells = row.enumerated().map { column, text in
        let gap = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + gap : gap + text
      }
      say("  " + cells.joined(separator: "  "))
    }
  }

  private mutating func more(_ count: Int) {
    if count > Self.mostEntries { say("  … and \(count - Self.mostEntries) more") }
  }

  private mutating func say(_ text: String, _ level: ActionLogLevel = .info) { lines.append((text, level)) }

  /// The first line of a text, without control characters, cut.
  private static func line(_ text: String, _ longest: Int) -> String {
    let first = text.split(whereSeparator: \.isNewline).first ?? ""
    let clean = String(
      first.unicodeScalars.filter { $0.value >= 32 && !(0x7F...0x9F).contains($0.value) }.map(Character.init))
    return clean.count <= longest ? clean : clean.prefix(longest - 1) + "…"
  }
}
