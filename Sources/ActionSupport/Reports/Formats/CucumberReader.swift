/// Cucumber's JSON: a list of features with `elements`. A background belongs to the scenario behind it. Behave writes
/// nearly the same, with verdicts of its own and durations in seconds instead of nanoseconds.
struct CucumberReader {
  let collector: ReportCollector

  func read(_ document: JSONView) throws {
    guard document.isList else { throw ReportError(.notAReport, "Cucumber's JSON is a list of features") }
    for feature in document.items {
      if !feature["elements"].isList && feature["keyword"].isMissing && feature["uri"].isMissing {
        throw ReportError(.notAReport, "an item of the list is no feature of Cucumber")
      }
      let isBehave = feature["status"].text != nil && feature["location"].text != nil
      let name = feature["name"].text ?? feature["uri"].text ?? ""
      var background: [JSONView] = []
      for element in feature["elements"].items {
        if element["type"].text == "background" {
          background = steps(of: element)
          continue
        }
        try collector.add(
          scenario(element, feature: name, steps: background + steps(of: element), secondsOf: isBehave ? 1 : 1e-9))
        if !isBehave { background = [] }
      }
    }
  }

  /// Hooks count as steps.
  private func steps(of element: JSONView) -> [JSONView] {
    element["before"].items
      + element["steps"].items.flatMap { $0["before"].items + [$0] + $0["after"].items } + element["after"].items
  }

  private func scenario(
    _ element: JSONView, feature: String, steps: [JSONView], secondsOf unit: Double
  ) -> ReportCase {
    var test = ReportCase(suite: feature, name: element["name"].text ?? "")
    let results = steps.map { $0["result"] }
    test.status = Self.verdict(element["status"].text) ?? Self.status(results.compactMap { $0["status"].text })
    let durations = results.compactMap { $0["duration"].number }
    if !durations.isEmpty { test.durationSeconds = ReportNumbers.bounded(durations.reduce(0, +) * unit) }
    let messages = results.compactMap { result -> String? in
      let said = result["error_message"]
      return said.text ?? (said.isList ? said.items.compactMap(\.text).joined(separator: "\n") : nil)
    }
    test.message = messages.isEmpty ? undefined(steps) : messages.joined(separator: "\n")
    return test
  }

  /// What a scenario without error messages lacks.
  private func undefined(_ steps: [JSONView]) -> String? {
    let names = steps.filter { ["undefined", "pending", "ambiguous"].contains($0["result"]["status"].text) }
      .compactMap { step in
        step["name"].text.map { "\(step["result"]["status"].text ?? ""): \($0)" }
      }
    return names.isEmpty ? nil : names.joined(separator: "\n")
  }

  /// Behave's own word on a scenario.
  private static func verdict(_ word: String?) -> ReportCase.Status? {
    switch word {
    case "passed": .succeeded
    case "failed": .failed
    case "skipped", "untested": .skipped
    default: nil
    }
  }

  private static func status(_ words: [String]) -> ReportCase.Status {
    if words.contains("failed") { return .failed }
    if words.contains("undefined") || words.contains("ambiguous") { return .unknown }
    if words.contains("skipped") || words.contains("pending") || words.contains("untested") { return .skipped }
    // A scenario without steps does nothing and is reported as passed by nobody.
    return words.isEmpty ? .unknown : words.allSatisfy { $0 == "passed" } ? .succeeded : .unknown
  }
}
