/// `testsuites` or `testsuite`, nested at will, with `testcase`; also what Surefire (`flakyFailure`, `rerunFailure`) and
/// GoogleTest (`status="notrun"`) make of it. A test that both fails and breaks (in its teardown) counts as failed.
final class JUnitReader: XMLFormatReader {
  private var suites: [String] = []
  private var test: ReportCase?
  private var message: String?

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    switch name {
    case "testsuite": suites.append(attributes["name"] ?? suites.last ?? "")
    case "testcase":
      message = nil
      test = ReportCase(
        suite: suites.last ?? "", className: attributes["classname"], name: attributes["name"] ?? "",
        status: Self.isNotRun(attributes) ? .skipped : .succeeded,
        durationSeconds: ReportNumbers.seconds(attributes["time"]))
    case "failure", "error", "skipped", "flakyFailure", "flakyError", "rerunFailure", "rerunError":
      if parent != "testcase" || test == nil { return }
      note(name)
      message = attributes["message"]
      capture()
    default: break
    }
  }

  override func end(_ name: String, _ text: String?) throws {
    if let text, test != nil {
      let said = Self.joined(message, text)
      // The first message is why the test failed; what follows is its consequence.
      if test?.message == nil { test?.message = said }
    }
    switch name {
    case "testsuite": suites.removeLast()
    case "testcase":
      if let test { try collector.add(test) }
      test = nil
    default: break
    }
  }

  private static func isNotRun(_ attributes: XMLAttributes) -> Bool {
    let words = [attributes["status"], attributes["result"]].compactMap { $0?.lowercased() }
    return words.contains { ["notrun", "disabled", "suppressed", "skipped"].contains($0) }
  }

  private func note(_ element: String) {
    let old = test?.status
    switch element {
    case "failure": test?.status = .failed
    case "error": if old != .failed { test?.status = .error }
    case "skipped": if old == .succeeded { test?.status = .skipped }
    case "flakyFailure", "flakyError": test?.flaky = true
    default: break
    }
  }
}
