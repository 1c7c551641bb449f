import JourneymanActionKit
import JourneymanActionSupport
import Testing

/// The formats of coverage, and findings.
@Suite struct CoverageFormatTests {
  private typealias Count = ActionReport.Coverage

  @Test func coberturaCountsLinesWhateverTheRatesSay() throws {
    let content = try ReportFixture.read("cobertura.xml")
    #expect(content.format == .cobertura)
    // Lines 12, 16, 18, 31 and 40 of one file, of which the inner class repeats one.
    #expect(content.coverage.files.keys.sorted() == ["/src/project/search/BinarySearch.java"])
    #expect(content.coverage.lines == Count(covered: 3, total: 5))
    #expect(content.coverage.branches == Count(covered: 2, total: 4))
    #expect(content.coverage.files.values.first?.missed == "31,40")
  }

  @Test func cloverTakesBranchesFromMetrics() throws {
    let content = try ReportFixture.read("clover.xml")
    #expect(content.format == .clover)
    #expect(content.coverage.files.keys.sorted() == ["/app/src/Calc.php", "/app/src/index.js"])
    #expect(content.coverage.lines == Count(covered: 5, total: 7))
    #expect(content.coverage.branches == Count(covered: 1, total: 2))
    let stated = try ReportFixture.read("clover-without-files.xml").coverage
    #expect(stated.lines == Count(covered: 6, total: 8) && stated.branches == Count(covered: 3, total: 4))
  }

  @Test func jacocoKeepsModulesApart() throws {
    let content = try ReportFixture.read("jacoco.xml")
    #expect(
      content.coverage.files.keys.sorted() == [
        "core/com/example/Calc.java", "web/com/example/Calc.java", "web/com/example/Generated.java",
      ])
    // As the counters of the whole report.
    #expect(content.coverage.lines == Count(covered: 4, total: 9))
    #expect(content.coverage.branches == Count(covered: 3, total: 4))
  }

  @Test func simpleCov() throws {
    let content = try ReportFixture.read("coverage.json")
    #expect(content.format == .simpleCov)
    #expect(content.coverage.lines == Count(covered: 2, total: 3))
    #expect(content.coverage.branches == Count(covered: 1, total: 2))
    #expect(content.coverage.files["/app/lib/b.rb"]?.lines == Count(covered: 0, total: 0))
    let merged = try ReportFixture.read("resultset.json").coverage
    #expect(merged.files["/app/lib/a.rb"]?.lines == Count(covered: 3, total: 3))
    #expect(merged.lines == Count(covered: 3, total: 5))
    #expect(merged.branches == Count(covered: 1, total: 2))
    // What the gem simplecov-json writes is something else.
    #expect(refusal(Array(#"{"timestamp":1,"files":[],"metrics":{}}"#.utf8), as: .simpleCov)?.code == .notAReport)
  }

  @Test func reportsOfTheSameFilesMerge() throws {
    func report(_ first: Int, _ second: Int) throws -> ReportCoverage {
      try read(
        """
        <coverage><packages><package><classes><class filename="a.c"><lines><line number="1" hits="\(first)"/>
        <line number="2" hits="\(second)" condition-coverage="50% (1/2)"/></lines></class></classes></package></packages></coverage>
        """
      ).coverage
    }
    var both = try report(1, 0)
    both.merge(try report(0, 1))
    #expect(both.lines == Count(covered: 2, total: 2) && both.branches == Count(covered: 1, total: 2))
  }

  @Test func sarif() throws {
    let content = try ReportFixture.read("scan.sarif")
    #expect(content.format == .sarif)
    #expect(
      content.findings.map { "\($0.level.rawValue) \($0.rule)\($0.suppressed == true ? " suppressed" : "")" } == [
        "error S1", "note S2", "warning S3", "warning S1", "none S1", "note X1/part", "error S1 suppressed", "error S1",
      ])
    #expect(content.findings[0].file == "src/a.c" && content.findings[0].line == 7)
    #expect(content.findings[0].tool == "Scanner")
    let entry = NormalReport(name: "scan", format: .sarif, files: [], contents: [content]).entry(files: [])
    #expect(entry.findings == ["error": 2, "warning": 2, "note": 2, "none": 1])
    #expect(refusal(Array(#"{"version":"2.0.0","runs":[]}"#.utf8))?.message.contains("2.1.0 is read") == true)
  }

  @Test func theNormalFormComesBackAsItWas() throws {
    for name in ReportFixture.all {
      let content = try ReportFixture.read(name)
      let report = NormalReport(name: name, format: content.format, files: [name], contents: [content])
      let bytes = try report.encoded()
      let back = try NormalReport(bytes: bytes)
      #expect(try back.encoded() == bytes, "\(name)")
      #expect(back.tests?.count == (content.format.kind == .tests ? content.cases.count : nil))
    }
  }

  @Test func theMergedJUnitDocumentSaysTheSame() throws {
    for name in ["junit.xml", "nunit3.xml", "visualstudio.trx", "testng.xml", "cucumber.json"] {
      let cases = try ReportFixture.read(name).cases
      let again = try ReportReader.read(JUnitDocument(name: "a<&\"\u{1}", cases: cases).bytes, name: name)
      #expect(again.warnings.isEmpty)
      let expected = Dictionary(grouping: cases, by: \.suite).flatMap(\.value)
        .map { "\($0.identifier) \($0.status == .unknown ? "SKIPPED" : $0.status.rawValue)" }
      #expect(again.cases.map { "\($0.identifier) \($0.status.rawValue)" }.sorted() == expected.sorted())
    }
  }
}
