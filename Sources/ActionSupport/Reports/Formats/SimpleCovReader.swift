/// SimpleCov: `coverage.json` (`meta`, `coverage`) or `.resultset.json` (suites with `coverage` and `timestamp`, which are
/// merged). A line is a number of hits, `null` where nothing can be run, or `"ignored"`.
struct SimpleCovReader {
  let collector: ReportCollector

  /// Whether a document can be one of the two.
  static func fits(_ document: JSONView) -> Bool {
    document["coverage"].isObject
      || document.members.contains { $0.value["coverage"].isObject && !$0.value["timestamp"].isMissing }
  }

  func read(_ document: JSONView) throws {
    guard Self.fits(document) else {
      throw ReportError(.notAReport, "SimpleCov's coverage.json or .resultset.json has an object 'coverage'")
    }
    let suites = document["coverage"].isObject ? [document] : document.members.map(\.value)
    for suite in suites {
      for (path, file) in suite["coverage"].members {
        collector.state(path)
        try read(lines: file.isList ? file : file["lines"], of: path)
        try read(branches: file["branches"], of: path)
      }
    }
  }

  private func read(lines: JSONView, of path: String) throws {
    for (index, hits) in lines.items.enumerated() {
      if let count = hits.number { try collector.cover(path, line: index + 1, .init(isCovered: count > 0)) }
    }
  }

  private func read(branches: JSONView, of path: String) throws {
    // The line, and whether the branch was taken.
    var found: [(line: Int, isCovered: Bool)] = []
    for branch in branches.items {
      if let line = branch["start_line"].integer, let hits = branch["coverage"].number {
        found.append((line, hits > 0))
      }
    }
    for (condition, arms) in branches.members {
      guard let line = Self.line(of: condition) else { continue }
      found += arms.members.compactMap { $0.value.number }.map { (line, $0 > 0) }
    }
    for (line, taken) in Dictionary(grouping: found, by: \.line) {
      let known = Int32(exactly: line).flatMap { collector.content.coverage.files[path]?.byNumber[$0] }
      let counts = ReportCoverage.Line(
        isCovered: known?.isCovered ?? taken.contains { $0.isCovered },
        coveredBranches: Int32(taken.count { $0.isCovered }), branches: Int32(taken.count))
      try collector.cover(path, line: line, counts)
    }
  }

  /// The third item of `[:if, 0, 3, 4, 9, 7]`.
  private static func line(of condition: String) -> Int? {
    let parts = condition.prefix(200).split(separator: ",")
    return parts.count > 2 ? Int(String(parts[2]).trimmingWhitespace()) : nil
  }
}
