/// TestNG (`testng-results`): `suite/test/class/test-method`; methods that only set up or tear down do not count.
final class TestNGReader: XMLFormatReader {
  private var suite = ""
  private var className: String?
  private var test: ReportCase?

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    switch name {
    case "suite", "test": suite = attributes["name"] ?? suite
    case "class": className = attributes["name"]
    case "test-method":
      test = nil
      if attributes["is-config"]?.lowercased() == "true" { return }
      test = ReportCase(
        suite: suite, className: className, name: attributes["name"] ?? "", status: Self.status(attributes["status"]),
        durationSeconds: ReportNumbers.seconds(attributes["duration-ms"]).map { $0 / 1_000 })
    case "message", "full-stacktrace": if parent == "exception" { capture() }
    default: break
    }
  }

  override func end(_ name: String, _ text: String?) throws {
    if let text, !text.isEmpty, let old = test { test?.message = Self.joined(old.message, text) }
    if name == "test-method", let test {
      try collector.add(test)
      self.test = nil
    }
  }

  private static func status(_ word: String?) -> ReportCase.Status {
    switch word?.uppercased() {
    case "PASS": .succeeded
    case "FAIL": .failed
    case "SKIP": .skipped
    default: .unknown
    }
  }
}
