internal import Foundation
internal import JourneymanActionSupport
internal import JourneymanArtifacts
internal import JourneymanJenkinsModel
internal import JourneymanSupport

/// Reads JUnit's XML as Jenkins' junit plugin reads it, peculiarities included, so that a job shows the same results.
struct TestReports {
  let job: TestReportJob
  let root: Int32

  /// The largest report, in bytes.
  private static let longestReport = 512 << 20
  /// Clocks of file systems may be off by so much, in milliseconds.
  private static let clockError: Int64 = 3000

  /// - Returns: `nil` when there is no report at all.
  /// - Throws: `ArtifactError` when one cannot be read, or a file that is not named `.xml` is none.
  func read() throws -> [TestSuite]? {
    let files = try FileScan(job.files, beneath: root).run()
    if files.isEmpty { return nil }
    var suites: [TestSuite] = []
    for file in files {
      let report = try ReadableFile(file.path, beneath: root)
      if let oldest = job.oldest, report.modified < oldest - Self.clockError { continue }
      for suite in try read(report) { Self.add(suite, to: &suites) }
    }
    return suites
  }

  private func read(_ report: borrowing ReadableFile) throws -> [TestSuite] {
    let path = job.directory + "/" + report.shown
    if report.size == 0 {
      return [Self.substitute(report.shown, "[empty]", "Test report file \(path) was length 0")]
    }
    let bytes = try report.content(limit: Self.longestReport)
    do {
      var suites: [TestSuite] = []
      try collect(from: try ReportElement.read(bytes), of: report.shown, into: &suites)
      return suites
    } catch let error as XMLStreamError {
      guard path.hasSuffix(".xml") else {
        throw ArtifactError(
          .unreadable,
          "\(path) is no test report (\(error)); the pattern of the junit step matches too many files")
      }
      return [Self.substitute(report.shown, "[failed-to-read]", "Failed to read test report file \(path)\n\(error)")]
    }
  }

  /// A suite whose one test failed, for a report without content.
  private static func substitute(_ file: String, _ name: String, _ error: String) -> TestSuite {
    var suite = TestSuite(file: nil, name: PathName.last(of: file))
    suite.output = ""
    suite.errors = ""
    var failure = TestCase(className: suite.name, name: name)
    failure.errorStackTrace = error
    failure.errorDetails = ""
    suite.cases = [failure]
    return suite
  }

  /// Suites of one name that stand in several reports are one suite.
  private static func add(_ suite: TestSuite, to suites: inout [TestSuite]) {
    let index = suites.firstIndex {
      $0.name == suite.name && ($0.id == nil || suite.id == nil || $0.id == suite.id)
    }
    guard let index else { return suites.append(suite) }
    suites[index].cases += suite.cases
    suites[index].duration += suite.duration
  }

  // MARK: Elements

  private func collect(from element: ReportElement, of file: String, into suites: inout [TestSuite]) throws {
    for child in element.children where child.name == "testsuite" { try collect(from: child, of: file, into: &suites) }
    if element.child("testcase") != nil || element.child("error") != nil {
      suites.append(try suite(element, file))
    }
  }

  private func suite(_ element: ReportElement, _ file: String) throws -> TestSuite {
    let attributes = element.attributes
    var name = attributes["name"] ?? "(\(PathName.last(of: file)))"
    if attributes["name"] != nil, let package = attributes["package"], !package.isEmpty { name = package + "." + name }
    var suite = TestSuite(file: file, name: Self.safe(name))
    suite.id = attributes["id"]
    suite.timestamp = attributes["timestamp"]
    suite.time = attributes["time"]
    // The class itself could not be loaded.
    if element.child("error") != nil { suite.cases.append(testCase(element, className: "<init>")) }
    for child in element.children where child.name == "testcase" {
      suite.cases.append(testCase(child, className: child.attributes["classname"] ?? attributes["name"]))
    }
    suite.duration = suite.time.map(Self.seconds) ?? suite.cases.reduce(0) { $0 + $1.duration }
    let hasFailed = suite.cases.contains { $0.errorStackTrace != nil }
    suite.output = trimmed(element.text(of: "system-out"), hasFailed)
    suite.errors = trimmed(element.text(of: "system-err"), hasFailed)
    if suite.output == nil && suite.errors == nil { suite.output = trimmed(try surefireOutput(of: file), hasFailed) }
    if job.keepsProperties { suite.properties = element.properties }
    return suite
  }

  private func testCase(_ element: ReportElement, className: String?) -> TestCase {
    var className = className
    var name = element.attributes["name"]
    if className == nil, let full = name, let dot = full.lastIndex(of: ".") {
      className = String(full[..<dot])
      name = String(full[full.index(after: dot)...])
    }
    var result = TestCase(className: className, name: name)
    result.duration = element.attributes["time"].map(Self.seconds) ?? 0
    result.errorStackTrace = element.text(of: "error") ?? element.text(of: "failure")
    result.errorDetails = (element.child("error") ?? element.child("failure"))?.attributes["message"]
    if let skipped = element.child("skipped") {
      result.isSkipped = true
      result.skippedMessage = skipped.attributes["message"] ?? skipped.string
    }
    let hasFailed = result.errorStackTrace != nil
    result.output = trimmed(element.text(of: "system-out"), hasFailed)
    result.errors = trimmed(element.text(of: "system-err"), hasFailed)
    if job.keepsProperties { result.properties = element.properties }
    return result
  }

  /// Surefire may put the output of `TEST-x.xml` into a file of its own.
  private func surefireOutput(of file: String) throws -> String? {
    let name = PathName.last(of: file)
    guard name.hasPrefix("TEST-"), name.hasSuffix(".xml") else { return nil }
    let output = file.dropLast(name.count) + name.dropFirst(5).dropLast(4) + "-output.txt"
    guard ReadableFile.exists(Array(output.utf8), beneath: root) else { return nil }
    let bytes = try ReadableFile(Array(output.utf8), beneath: root).content(limit: Self.longestReport)
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Values

  /// Cuts the middle out of long output.
  private func trimmed(_ text: String?, _ hasFailed: Bool) -> String? {
    guard let text else { return nil }
    if job.output == .all || job.output == .failed && hasFailed { return text }
    let half = hasFailed ? 50_000 : 500
    let units = text.utf16
    let middle = units.count - 2 * half
    if middle <= 0 { return text }
    let head = String(decoding: Array(units.prefix(half)), as: UTF16.self)
    let tail = String(decoding: Array(units.suffix(half)), as: UTF16.self)
    return head + "\n...[truncated \(middle) chars]...\n" + tail
  }

  /// Seconds, perhaps with commas between thousands.
  private static func seconds(_ text: String) -> Float {
    Float(text.replacing(",", with: "").trimmingCharacters(in: .whitespaces)) ?? 0
  }

  /// A name that can stand in a URL.
  private static func safe(_ name: String) -> String {
    String(name.map { "/\\:?#%<>".contains($0) ? "_" : $0 })
  }
}
