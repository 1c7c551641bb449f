public import JourneymanActionKit

/// What a report file says, in one form for all formats.
public struct ReportContent: Sendable {
  /// The format it was read as.
  public var format: ReportFormat
  /// Its tests, in the file's order.
  public var cases: [ReportCase] = []
  /// Its coverage.
  public var coverage = ReportCoverage()
  /// Its findings, in the file's order.
  public var findings: [ReportFinding] = []
  /// What was forgiven, a sentence each.
  public var warnings: [String] = []

  /// An empty report.
  public init(format: ReportFormat) { self.format = format }
}

extension Sequence<ReportCase> {
  /// The tests in numbers. Tests without a verdict count in `total` alone.
  public var totals: ActionReport.Totals {
    var totals = ActionReport.Totals(total: 0, passed: 0, failed: 0, errors: 0, skipped: 0, durationSeconds: 0)
    for test in self {
      totals.total += 1
      totals.durationSeconds += test.durationSeconds ?? 0
      switch test.status {
      case .succeeded: totals.passed += 1
      case .failed: totals.failed += 1
      case .error: totals.errors += 1
      case .skipped: totals.skipped += 1
      case .unknown: break
      }
    }
    // Sums of decimal fractions are shown, and compared, in milliseconds.
    totals.durationSeconds = (totals.durationSeconds * 1_000).rounded() / 1_000
    return totals
  }
}
