/// Visual Studio's TRX (`TestRun`): results, and the definitions that name their classes, in either order. Of a
/// data-driven test its rows count, not the result that sums them up.
final class VisualStudioReader: XMLFormatReader {
  private struct Open {
    var test: ReportCase
    var identifier: String
    var hasRows = false
  }

  private var results: [Open] = []
  private var identifiers: [String] = []
  private var classes: [String: String] = [:]
  private var definition: String?

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    switch name {
    case "UnitTestResult", "TestResult", "ManualTestResult", "WebTestResult", "LoadTestResult":
      if !results.isEmpty { results[results.count - 1].hasRows = true }
      let test = ReportCase(
        suite: "", name: attributes["testName"] ?? "", status: Self.status(attributes["outcome"]),
        durationSeconds: ReportNumbers.timeSpan(attributes["duration"]))
      results.append(Open(test: test, identifier: attributes["testId"] ?? ""))
    case "UnitTest": definition = attributes["id"]
    case "TestMethod":
      if let definition, let className = attributes["className"] { classes[definition] = className }
    case "Message", "StackTrace": if parent == "ErrorInfo" { capture() }
    default: break
    }
  }

  override func end(_ name: String, _ text: String?) throws {
    if let text, !text.isEmpty, let last = results.indices.last {
      results[last].test.message = Self.joined(results[last].test.message, text)
    }
    switch name {
    case "UnitTestResult", "TestResult", "ManualTestResult", "WebTestResult", "LoadTestResult":
      if let open = results.popLast(), !open.hasRows {
        try collector.add(open.test)
        identifiers.append(open.identifier)
      }
    case "UnitTest": definition = nil
    case "TestRun":
      var found: [Int: String] = [:]
      for (index, identifier) in identifiers.enumerated() {
        // Old files name the assembly too: `Namespace.Class, Assembly, Version=…`.
        found[index] = classes[identifier]?.split(separator: ",").first.map(String.init)
      }
      collector.setClasses(found)
    default: break
    }
  }

  private static func status(_ word: String?) -> ReportCase.Status {
    switch word?.lowercased() {
    case "passed", "passedbutrunaborted", "completed", "warning": .succeeded
    case "failed": .failed
    case "error", "timeout", "aborted", "disconnected", "notrunnable": .error
    case "notexecuted", "pending": .skipped
    default: .unknown
    }
  }
}
