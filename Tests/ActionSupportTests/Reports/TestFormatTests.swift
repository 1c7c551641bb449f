import JourneymanActionKit
import JourneymanActionSupport
import Testing

/// The formats of test results.
@Suite struct TestFormatTests {
  @Test func junit() throws {
    let content = try ReportFixture.read("junit.xml")
    #expect(content.format == .junit)
    #expect(
      verdicts(content) == [
        "pkg.First.passes SUCCEEDED", "pkg.First.fails FAILED", "pkg.First.breaks ERROR",
        "pkg.First.is skipped SKIPPED",
        "outer.failed and broke in its teardown FAILED", "outer.not run SKIPPED", "outer.disabled SKIPPED",
        "pkg.Second.flaky SUCCEEDED flaky", "pkg.Second.failed again FAILED", "outer.(no name) SUCCEEDED",
        "pkg.Second.colours[31m SUCCEEDED",
      ])
    #expect(content.cases[0].suite == "inner" && content.cases[0].durationSeconds == 1234.5)
    #expect(content.cases[1].message == "expected 1\nat First.java:3")
    #expect(content.cases[2].message == "no <file>" && content.cases[2].durationSeconds == nil)
    #expect(content.cases[3].message == "not here")
    #expect(content.cases[4].message == "first" && content.cases[4].durationSeconds == nil)
    #expect(content.cases[8].message == "always")
    #expect(content.warnings == ["1 characters that XML forbids were dropped or replaced"])
    #expect(
      content.cases.totals
        == .init(total: 11, passed: 4, failed: 3, errors: 1, skipped: 3, durationSeconds: 1235))
  }

  @Test func nunit2() throws {
    let content = try ReportFixture.read("nunit2.xml", as: .nunit)
    let names = content.cases.map { "\($0.name.split(separator: ".").last ?? "") \($0.status.rawValue)" }
    #expect(
      names == [
        "FailingTest FAILED", "InconclusiveTest UNKNOWN", "MockTest1 SUCCEEDED", "MockTest4 SKIPPED",
        "NonPublicTest ERROR", "TestWithException ERROR", "Passed SUCCEEDED", "NotRun SKIPPED",
      ])
    #expect(content.cases[0].suite == "MockTestFixture")
    #expect(
      content.cases[0].message
        == "Intentional failure\nat NUnit.Tests.Assemblies.MockTestFixture.FailingTest ()")
    #expect(content.cases[3].message == "ignoring this test method for now")
  }

  @Test func nunit3AfterAByteOrderMark() throws {
    let content = try ReportFixture.read("nunit3.xml")
    #expect(content.format == .nunit3)
    // As the attributes of the document count, but that a warning is no verdict against the code.
    #expect(
      content.cases.totals == .init(total: 6, passed: 2, failed: 1, errors: 1, skipped: 1, durationSeconds: 0.035))
    #expect(content.cases[0].identifier == "NUnit.Tests.Assemblies.MockTestFixture.FailingTest")
    #expect(content.cases[0].message == "Intentional failure\nat FailingTest() in MockTestFixture.cs:line 121")
    let variants = try read(
      #"<test-run><test-case name="a" result="Failed(Error)"/><test-case name="b" result="Failed(Child)"/></test-run>"#)
    #expect(verdicts(variants) == ["a ERROR", "b FAILED"])
  }

  @Test func visualStudio() throws {
    let content = try ReportFixture.read("visualstudio.trx")
    #expect(content.format == .visualStudio)
    #expect(
      verdicts(content) == [
        "Calc.Tests.Arithmetic.Adds SUCCEEDED", "Calc.Tests.Arithmetic.Subtracts FAILED",
        "Calc.Tests.Arithmetic.Divides SKIPPED", "Calc.Tests.Arithmetic.Hangs ERROR",
        "Calc.Tests.Table.Rows (Data Row 0) SUCCEEDED", "Calc.Tests.Table.Rows (Data Row 1) UNKNOWN",
      ])
    #expect(content.cases.map(\.durationSeconds) == [1.5, 0.025, nil, 60, 0.1, 0.1])
    #expect(
      content.cases[1].message
        == "Assert.AreEqual failed. Expected:<1>. Actual:<2>.\nat Calc.Tests.Arithmetic.Subtracts() in Arithmetic.cs:line 12"
    )
  }

  @Test func testNG() throws {
    let content = try ReportFixture.read("testng.xml")
    #expect(
      verdicts(content) == [
        "com.example.FirstTest.passes SUCCEEDED", "com.example.FirstTest.fails FAILED",
        "com.example.FirstTest.skips SKIPPED",
      ])
    #expect(content.cases.totals.durationSeconds == 0.035)
    #expect(content.cases[1].message?.hasPrefix("expected [1] but found [2]\njava.lang.AssertionError") == true)
  }

  @Test func cucumber() throws {
    let content = try ReportFixture.read("cucumber.json")
    #expect(
      verdicts(content) == [
        "Arithmetic.adds SUCCEEDED", "Arithmetic.subtracts FAILED", "Arithmetic.later SKIPPED",
        "Arithmetic.unknown UNKNOWN",
      ])
    // Background, hook and step; nanoseconds.
    #expect(content.cases[0].durationSeconds.map { abs($0 - 0.004) < 1e-9 } == true)
    #expect(content.cases[1].message == "expected 0, got 1 (RuntimeError)\n./steps.rb:4")
    #expect(content.cases[3].message == "undefined: something new")
  }

  @Test(arguments: [
    ("1,234.5", 1234.5), ("1,234", 1234), ("0,005", 0.005), ("0,5", 0.5), ("12", 12), ("3 s", 3), ("1e-3", 0.001),
  ])
  func timesAsToolsWriteThem(text: String, seconds: Double) throws {
    let content = try read("<testsuite><testcase name='a' time='\(text)'/></testsuite>")
    #expect(content.cases.map(\.durationSeconds) == [seconds])
  }

  @Test(arguments: ["", "-1", "nan", "inf", "abc", "1e300", "1:30", ",", "１"]) func timesThatAreNone(text: String)
    throws
  {
    #expect(
      try read("<testsuite><testcase name='a' time='\(text)'/></testsuite>").cases.map(\.durationSeconds) == [nil])
  }

  @Test func aRootThatIsNoReportIsNoReport() {
    let error = refusal(Array("<project><testcase name='a'/></project>".utf8))
    #expect(error?.code == .notAReport && error?.message.contains("<project>") == true)
    #expect(refusal(Array("<testsuite/>".utf8), as: .testNG)?.code == .notAReport)
    #expect(refusal(Array("<testsuite/>".utf8), as: .sarif)?.code == .notAReport)
    #expect(refusal(Array("[]".utf8), as: .junit)?.code == .notAReport)
    for text in ["", "hello", "{}", "[1]", "{\"runs\":[]}", "null", "\u{FEFF}"] {
      #expect(refusal(Array(text.utf8))?.code == .notAReport, "\(text)")
    }
    #expect(verdicts((try? read("<testsuites/>")) ?? ReportContent(format: .sarif)).isEmpty)
  }
}
