/// NUnit 3 (`test-run`): `test-case` in nested `test-suite`.
final class NUnit3Reader: XMLFormatReader {
  private var suites: [String] = []
  private var test: ReportCase?

  override func start(_ name: String, _ attributes: XMLAttributes) throws {
    switch name {
    case "test-suite": suites.append(attributes["fullname"] ?? attributes["name"] ?? "")
    case "test-case":
      test = ReportCase(
        suite: suites.last ?? "", className: attributes["classname"],
        name: attributes["name"] ?? attributes["fullname"] ?? "", status: Self.status(attributes),
        durationSeconds: ReportNumbers.seconds(attributes["duration"] ?? attributes["time"]))
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

  /// `Failed` with the label `Error`, or both in one word: `Failed(Error)`.
  private static func status(_ attributes: XMLAttributes) -> ReportCase.Status {
    let words = (attributes["result"] ?? "").split { $0 == "(" || $0 == ")" }.map { $0.lowercased() }
    let label = words.dropFirst().first ?? attributes["label"]?.lowercased()
    switch words.first {
    case "passed", "warning": return .succeeded
    case "failed": return label == "error" || label == "invalid" || label == "cancelled" ? .error : .failed
    case "skipped": return .skipped
    default: return .unknown
    }
  }
}
