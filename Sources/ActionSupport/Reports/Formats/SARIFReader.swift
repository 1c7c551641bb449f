/// SARIF 2.1.0: `runs` with `results`. Levels follow §3.27.10: the result's own, else `none` for a kind other than
/// `fail`, else the rule's default, else `warning`.
struct SARIFReader {
  let collector: ReportCollector

  func read(_ document: JSONView) throws {
    guard document["runs"].isList else { throw ReportError(.notAReport, "SARIF has a list 'runs'") }
    let version = document["version"].text ?? "without a number"
    guard version == "2.1.0" else { throw ReportError(.notAReport, "it is SARIF \(version.prefix(40)); 2.1.0 is read") }
    for run in document["runs"].items {
      let driver = run["tool"]["driver"]
      let components = [driver] + run["tool"]["extensions"].items
      var levels: [String: ReportFinding.Level] = [:]
      for rule in components.flatMap({ $0["rules"].items }) {
        if let id = rule["id"].text, let level = Self.level(rule["defaultConfiguration"]["level"]) {
          levels[id] = level
        }
      }
      let ruleNames = driver["rules"].items.map { $0["id"].text }
      let tool = driver["name"].text ?? ""
      for result in run["results"].items {
        if result["baselineState"].text == "absent" { continue }
        try collector.add(finding(result, tool: tool, levels: levels, rules: ruleNames))
      }
    }
  }

  private func finding(
    _ result: JSONView, tool: String, levels: [String: ReportFinding.Level], rules: [String?]
  ) -> ReportFinding {
    var rule = result["ruleId"].text ?? result["rule"]["id"].text
    if rule == nil, let index = result["ruleIndex"].integer ?? result["rule"]["index"].integer,
      rules.indices.contains(index)
    {
      rule = rules[index]
    }
    let kind = result["kind"].text ?? "fail"
    // `CA1001/sub` is a part of the rule `CA1001`.
    let parent = rule.map { String($0.prefix { $0 != "/" }) }
    let byRule = rule.flatMap { levels[$0] } ?? parent.flatMap { levels[$0] }
    let level = Self.level(result["level"]) ?? (kind == "fail" ? byRule ?? .warning : ReportFinding.Level.none)
    let place = result["locations"].items.first?["physicalLocation"]
    let isSuppressed = result["suppressions"].items.contains { ["accepted", nil].contains($0["status"].text) }
    return ReportFinding(
      level: level, rule: rule ?? "", message: result["message"]["text"].text ?? result["message"]["id"].text ?? "",
      tool: tool, file: place?["artifactLocation"]["uri"].text, line: place?["region"]["startLine"].integer,
      suppressed: isSuppressed ? true : nil)
  }

  private static func level(_ word: JSONView) -> ReportFinding.Level? {
    word.text.flatMap { ReportFinding.Level(rawValue: $0.lowercased()) }
  }
}
