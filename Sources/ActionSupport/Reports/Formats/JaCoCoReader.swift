import JourneymanActionKit

/// JaCoCo (`report`): `package/sourcefile/line`, perhaps in `group`s, one for each module. A line counts as covered when
/// one of its instructions ran, as in JaCoCo's own counter; without lines the counters are taken.
final class JaCoCoReader: XMLFormatReader {
  private var groups: [String] = []
  private var package = ""
  private var file: String?

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    switch name {
    case "group": groups.append(attributes["name"] ?? "")
    case "package": package = attributes["name"] ?? ""
    case "sourcefile":
      let path = (groups + [package, attributes["name"] ?? ""]).filter { !$0.isEmpty }.joined(separator: "/")
      file = path
      collector.state(path)
    case "line":
      guard let file, let number = ReportNumbers.count(attributes["nr"]) else { return }
      func count(_ name: String) -> Int { ReportNumbers.count(attributes[name]) ?? 0 }
      if count("mi") + count("ci") == 0 { return }
      let (covered, missed) = (min(count("cb"), 100_000), min(count("mb"), 100_000))
      let line = ReportCoverage.Line(
        isCovered: count("ci") > 0, coveredBranches: Int32(covered), branches: Int32(covered + missed))
      try collector.cover(file, line: number, line)
    case "counter":
      guard let missed = ReportNumbers.count(attributes["missed"]),
        let covered = ReportNumbers.count(attributes["covered"]), parent == "sourcefile" || parent == "report"
      else { return }
      let coverage = ActionReport.Coverage(covered: covered, total: covered + missed)
      let target = parent == "sourcefile" ? file : nil
      switch attributes["type"] {
      case "LINE": collector.state(target, lines: coverage)
      case "BRANCH": collector.state(target, branches: coverage)
      default: break
      }
    default: break
    }
  }

  override func end(_ name: String, _ text: String?) throws {
    switch name {
    case "group": groups.removeLast()
    case "sourcefile": file = nil
    default: break
    }
  }
}
