import JourneymanActionKit

/// Clover (`coverage/project`): `file/line`. Lines are statements and conditions, not the heads of methods. Tools mean
/// different things by `truecount` and `falsecount`, so the branches of a file are taken from its metrics.
final class CloverReader: XMLFormatReader {
  private var file: String?
  private var isTestCode = false

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    // The tests' own code is not what is covered.
    if isTestCode { return }
    switch name {
    case "testproject": isTestCode = true
    case "file":
      file = attributes["path"] ?? attributes["name"]
      collector.state(file)
    case "line":
      guard let file, let number = ReportNumbers.count(attributes["num"]), attributes["type"] != "method" else {
        return
      }
      let taken = [attributes["truecount"], attributes["falsecount"]].map { Double($0 ?? "") ?? 0 }
      var line = ReportCoverage.Line(
        isCovered: (Double(attributes["count"] ?? "") ?? 0) > 0 || taken.contains { $0 > 0 })
      if attributes["type"] == "cond" {
        line.branches = 2
        line.coveredBranches = Int32(taken.count { $0 > 0 })
      }
      try collector.cover(file, line: number, line)
    case "metrics":
      // Those of classes lie beneath `class`, those of everything beneath `project`.
      let lines = Self.coverage(attributes["coveredstatements"], attributes["statements"])
      let branches = Self.coverage(attributes["coveredconditionals"], attributes["conditionals"])
      switch parent {
      case "file": if let file { collector.state(file, lines: lines, branches: branches) }
      case "project": collector.state(nil, lines: lines, branches: branches)
      default: break
      }
    default: break
    }
  }

  override func end(_ name: String, _ text: String?) throws {
    if name == "file" { file = nil }
    if name == "testproject" { isTestCode = false }
  }

  private static func coverage(_ covered: String?, _ total: String?) -> ActionReport.Coverage? {
    guard let covered = ReportNumbers.count(covered), let total = ReportNumbers.count(total), covered <= total else {
      return nil
    }
    return .init(covered: covered, total: total)
  }
}
