import JourneymanActionKit
import JourneymanActionSupport

/// What failed, or was found, in an earlier report: how often each.
struct Baseline {
  private(set) var failures: [String: Int] = [:]
  private(set) var findings: [String: Int] = [:]

  /// Reads a report that `journeyman` has kept, or one of any format. Without the file everything is new.
  ///
  /// - Returns: `nil` without a path.
  /// - Throws: when there is a file that is no report.
  init?(path: String?, _ context: ActionContext) async throws {
    guard let path else { return nil }
    guard try await !context.workspace.find([path]).isEmpty else {
      context.log("there is no baseline \(path); every failure is new", .warning)
      return
    }
    let file = try context.workspace.open(path)
    if file.size <= 64 << 20, let kept = try? NormalReport(bytes: try await file.contents(limit: 64 << 20)) {
      add(kept.tests ?? [], kept.findings ?? [])
    } else {
      let content = try await ReportReader.load(file)
      add(content.cases, content.findings)
    }
  }

  private mutating func add(_ cases: [ReportCase], _ found: [ReportFinding]) {
    for test in cases where test.status.isFailure { failures[test.identifier, default: 0] += 1 }
    for finding in found { findings[finding.identifier, default: 0] += 1 }
  }

  /// The failures that the earlier report does not have.
  func new(_ cases: [ReportCase]) -> [ReportCase] {
    var known = failures
    return cases.filter { Self.isNew($0.identifier, &known) }
  }

  /// The findings that the earlier report does not have.
  func new(_ found: [ReportFinding]) -> [ReportFinding] {
    var known = findings
    return found.filter { Self.isNew($0.identifier, &known) }
  }

  private static func isNew(_ identifier: String, _ known: inout [String: Int]) -> Bool {
    guard let count = known[identifier], count > 0 else { return true }
    known[identifier] = count - 1
    return false
  }
}
