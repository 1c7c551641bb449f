/// NUnit 2 (`test-results`): `test-case` in nested `test-suite`.
final class NUnitReader: XMLFormatReader {
  private var suites: [String] = []
  private var test: ReportCase?

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    switch name {
    case "test-suite": suites.append(attributes["name"] ?? "")
    case "test-case":
      test = ReportCase(
        suite: suites.last ?? "", name: attributes["name"] ?? "", status: Self.status(attributes),
        durationSeconds: ReportNumbers.seconds(attributes["time"]))
    case "message", "stack-trace": if parent == "failure" || parent == "reason" { capture() }
    default: break
    }
  }

  override func end(_ name: String, _ text: String?) throws {
    if let text, !text.isEmpty, let old = test { test?.message = Self.joined(old.message, text) }
    switch name {
    case "test-suite": suites.removeLast()
    case "test-case":
      if let test { try collector.add(test) }
      test = nil
    default: break
    }
  }

  /// Files of NUnit before 2.5 only say whether a test was executed and with success.
  private static func status(_ attributes: XMLAttributes) -> ReportCase.Status {
    switch attributes["result"]?.lowercased() {
    case "success": return .succeeded
    case "failure": return .failed
    case "error", "notrunnable", "cancelled": return .error
    case "ignored", "skipped": return .skipped
    case "inconclusive": return .unknown
    default:
      if attributes["executed"]?.lowercased() == "false" { return .skipped }
      switch attributes["success"]?.lowercased() {
      case "true": return .succeeded
      case "false": return .failed
      default: return .unknown
      }
    }
  }
}
