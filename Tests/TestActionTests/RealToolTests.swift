import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import TestSupport
import Testing

/// Reports as real tools write them, read with the numbers that the tools print.
@Suite(.takingTurns) struct RealToolTests {
  /// A workspace with the projects of `Tests/Fixtures/reports/tools`.
  private func workspace() throws -> ActionRun {
    let run = try ActionRun()
    let tools = String(#filePath.dropLast("/TestActionTests/RealToolTests.swift".count)) + "/Fixtures/reports/tools"
    for name in try FileManager.default.contentsOfDirectory(atPath: tools) {
      try FileManager.default.copyItem(atPath: "\(tools)/\(name)", toPath: "\(run.workspace)/\(name)")
    }
    return run
  }

  /// The number that stands before a word in what a tool printed.
  private func number(before word: String, in text: String) -> Int {
    let words = text.split { $0.isWhitespace || "(),".contains($0) }.map(String.init)
    return words.indices.dropFirst().last { words[$0] == word }.flatMap { Int(words[$0 - 1]) } ?? 0
  }

  private func totals(_ outcome: ActionOutcome) throws -> ActionReport.Totals {
    try #require(outcome.reports.first?.totals, "\(outcome.message)")
  }

  @Test(.enabled(if: NeededPrograms.areFound("/usr/bin/python3"), "no python3-pytest; run .ci/setup"))
  func pytestJUnit() async throws {
    let run = try workspace()
    let printed = try await run.tool(
      "/usr/bin/python3 -m pytest -p no:cacheprovider --color=no -q --junitxml=out/unit.xml test_sample.py")
    let outcome = try await run.run(#"{"files": "out/*.xml", "format": "junitxml"}"#)
    let totals = try totals(outcome)
    #expect(totals.passed == number(before: "passed", in: printed.output) && totals.passed == 4)
    #expect(totals.failed == number(before: "failed", in: printed.output) && totals.failed == 1)
    #expect(totals.skipped == number(before: "skipped", in: printed.output) && totals.skipped == 1)
    #expect(totals.errors == number(before: "error", in: printed.output) && totals.errors == 1)
    #expect(totals.total == 7)
    #expect(outcome.message.hasSuffix("2 tests failed"))
  }

  @Test func swiftTestingXUnit() async throws {
    let run = try workspace()
    let swift = try #require(TestProgram.find("swift"))
    // Options and results of the test run around this one must not reach the inner one.
    let printed = try await run.tool(
      "cd package && env -i HOME=\"$PWD\" PATH=\"$PATH\" '\(swift)' test --disable-xctest --xunit-output unit.xml 2>&1")
    let outcome = try await run.run(#"{"files": "package/unit*.xml"}"#)
    try #require(!outcome.reports.isEmpty, "\(outcome.message)\n\(printed.output)")
    let totals = try totals(outcome)
    #expect(totals.total == number(before: "tests", in: printed.output), "\(printed.output)")
    #expect(
      totals == .init(total: 4, passed: 2, failed: 1, errors: 0, skipped: 1, durationSeconds: totals.durationSeconds))
  }

  @Test(.enabled(if: NeededPrograms.areFound("gcc", "gcovr"), "no gcovr; run .ci/setup"))
  func gcovCobertura() async throws {
    let run = try workspace()
    let printed = try await run.tool(
      "gcc --coverage -O0 -o sign sign.c && ./sign && gcovr --xml cover.xml --print-summary -r . --filter sign.c")
    let outcome = try await run.run(#"{"files": "cover.xml", "min-line-coverage": 66, "min-branch-coverage": 51}"#)
    let report = try #require(outcome.reports.first, "\(outcome.message) \(printed.errors)")
    let (lines, branches) = (try #require(report.lines), try #require(report.branches))
    #expect(printed.output.contains("lines: 66.7% (\(lines.covered) out of \(lines.total))"), "\(printed.output)")
    #expect(printed.output.contains("branches: 50.0% (\(branches.covered) out of \(branches.total))"))
    #expect(outcome.status == .failed)
    #expect(outcome.message.hasSuffix("branches 50 % (1 of 2) covered, wanted 51 %"))
    #expect(try run.kept().coverage?.files.map(\.missed) == ["6-7"])
  }

  @Test(.enabled(if: NeededPrograms.areFound("behave"), "no behave; run .ci/setup")) func behave() async throws {
    let run = try workspace()
    let printed = try await run.tool("behave --no-color -f json -o out.json features")
    let totals = try totals(try await run.run(#"{"files": "out.json", "format": "CUCUMBERJSON"}"#))
    // Behave counts a scenario with an undefined step as failed.
    #expect(
      printed.output.contains("\(totals.passed) scenario passed, \(totals.failed) failed, \(totals.skipped) skipped"))
    #expect(totals.total == 3 && totals.passed == 1 && totals.durationSeconds < 60)
  }

  @Test(.enabled(if: NeededPrograms.areFound("cucumber"), "no cucumber; run .ci/setup")) func cucumber() async throws {
    let run = try workspace()
    let printed = try await run.tool(
      "cucumber --no-color --format json --out out.json --format progress features")
    let outcome = try await run.run(#"{"files": "out.json"}"#)
    let totals = try totals(outcome)
    #expect(
      printed.output.contains(
        "\(totals.total) scenarios (\(totals.failed) failed, 1 undefined, \(totals.passed) passed)"),
      "\(printed.output)")
    #expect(outcome.reports.first?.format == "CUCUMBERJSON")
    #expect(totals.skipped == 0 && totals.durationSeconds < 60)
  }

  @Test(.enabled(if: NeededPrograms.areFound("flawfinder"), "no flawfinder; run .ci/setup"))
  func flawfinderSARIF() async throws {
    let run = try workspace()
    let printed = try await run.tool("flawfinder --sarif careless.c > scan.sarif; flawfinder careless.c")
    let outcome = try await run.run(#"{"files": "scan.sarif", "fail-on": "error"}"#)
    let hits = try #require(printed.output.split(separator: "\n").first { $0.hasPrefix("Hits = ") })
    let findings = try #require(outcome.reports.first?.findings)
    #expect("Hits = \(findings.values.reduce(0, +))" == hits)
    #expect(findings["error"].map { $0 > 0 } == true)
    #expect(outcome.status == .failed)
  }

  @Test(.enabled(if: NeededPrograms.areFound("javac", "/usr/share/java/testng.jar"), "no TestNG; run .ci/setup"))
  func testNG() async throws {
    let run = try workspace()
    let printed = try await run.tool(
      """
      jars=/usr/share/java/testng.jar:/usr/share/java/jcommander.jar:/usr/share/java/bsh.jar
      javac -cp $jars -d classes TestNGSample.java && java -cp classes:$jars org.testng.TestNG -testclass TestNGSample -d out
      """)
    let totals = try totals(try await run.run(#"{"files": "out/testng-results.xml"}"#))
    #expect(
      printed.output.contains(
        "Total tests run: \(totals.total), Failures: \(totals.failed), Skips: \(totals.skipped)"), "\(printed.output)")
    #expect(totals.passed == 1)
    // TestNG writes JUnit's format as well, in which what it skips is an error.
    let junit = try self.totals(try await run.run(#"{"files": "out/junitreports/*.xml"}"#, name: "junit"))
    #expect(junit.total == 3 && junit.failed == 1 && junit.errors == 1)
  }

  @Test(
    .enabled(
      if: NeededPrograms.areFound("javac", "/usr/share/java/org.jacoco.core.jar"), "no JaCoCo; run .ci/setup"))
  func jacoco() async throws {
    let run = try workspace()
    let printed = try await run.tool(
      """
      jars=$(ls /usr/share/java/org.jacoco.core.jar /usr/share/java/org.jacoco.report.jar /usr/share/java/asm*.jar | tr '\\n' :)
      javac --release 11 -g -d classes src/com/example/Calc.java && java -cp $jars JaCoCoReport.java
      """)
    let report = try #require(try await run.run(#"{"files": "jacoco.xml"}"#).reports.first, "\(printed.errors)")
    let (lines, branches) = (try #require(report.lines), try #require(report.branches))
    #expect(printed.output == "\(lines.covered)/\(lines.total)\n\(branches.covered)/\(branches.total)\n")
    #expect(lines.covered > 0 && branches.total == 4)
  }

  @Test(.enabled(if: NeededPrograms.areFound("ruby", "cucumber"), "no SimpleCov; run .ci/setup"))
  func simpleCov() async throws {
    let run = try workspace()
    let printed = try await run.tool("ruby cover.rb")
    let report = try #require(
      try await run.run(#"{"files": "coverage/.resultset.json", "format": "SimpleCov"}"#).reports.first,
      "\(printed.errors)")
    let (lines, branches) = (try #require(report.lines), try #require(report.branches))
    #expect(
      printed.output.hasPrefix("LINE \(lines.covered)/\(lines.total)\nBRANCH \(branches.covered)/\(branches.total)\n"))
    #expect(lines.total == 4 && branches.total == 2)
  }
}
