internal import JourneymanActionKit

/// Tests as one JUnit document, for tools that read nothing else.
public struct JUnitDocument {
  private var text = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"

  /// Writes all tests, grouped by suite in the order in which suites appear.
  public init(name: String, cases: [ReportCase]) {
    var suites: [String] = []
    let bySuite = Dictionary(grouping: cases, by: \.suite)
    var seen: Set<String> = []
    for test in cases where seen.insert(test.suite).inserted { suites.append(test.suite) }
    text += "<testsuites name=\"\(Self.escaped(name))\"\(Self.numbers(cases))>\n"
    for suite in suites {
      let tests = bySuite[suite] ?? []
      text += "  <testsuite name=\"\(Self.escaped(suite))\"\(Self.numbers(tests))>\n"
      for test in tests { write(test) }
      text += "  </testsuite>\n"
    }
    text += "</testsuites>\n"
  }

  /// The document in UTF-8.
  public var bytes: [UInt8] { Array(text.utf8) }

  private mutating func write(_ test: ReportCase) {
    let className = test.className.map { " classname=\"\(Self.escaped($0))\"" } ?? ""
    let time = test.durationSeconds.map { " time=\"\($0)\"" } ?? ""
    text += "    <testcase\(className) name=\"\(Self.escaped(test.name))\"\(time)"
    let element: String? =
      switch test.status {
      case .succeeded: test.flaky == true ? "flakyFailure" : nil
      case .failed: "failure"
      case .error: "error"
      case .skipped, .unknown: "skipped"
      }
    guard let element else {
      text += "/>\n"
      return
    }
    let message = test.message ?? ""
    let head = message.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) } ?? ""
    text += ">\n      <\(element) message=\"\(Self.escaped(head))\">\(Self.escaped(message))</\(element)>\n"
    text += "    </testcase>\n"
  }

  /// JUnit has no word for tests without a verdict: they are written as skipped.
  private static func numbers(_ cases: [ReportCase]) -> String {
    let totals = cases.totals
    let skipped = totals.total - totals.passed - totals.failed - totals.errors
    return " tests=\"\(totals.total)\" failures=\"\(totals.failed)\" errors=\"\(totals.errors)\""
      + " skipped=\"\(skipped)\" time=\"\(totals.durationSeconds)\""
  }

  /// Escapes what has a meaning and leaves out what XML 1.0 forbids.
  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "\t", "\n", "\r": result.append(contentsOf: "&#\(scalar.value);".unicodeScalars)
      default:
        let isForbidden = scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF
        if !isForbidden { result.append(scalar) }
      }
    }
    return String(result)
  }
}
