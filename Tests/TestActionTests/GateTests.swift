import JourneymanActionKit
import JourneymanActionSupport
import TestSupport
import Testing

/// What makes an action of the test plugin fail.
@Suite(.takingTurns) struct GateTests {
  @Test func aFailedTestFailsTheAction() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok", "b": "bad", "c": "broken", "d": "skipped"]), to: "out/a.xml")
    let outcome = try await run.run(#"{"files": "out/*.xml"}"#)
    #expect(outcome.status == .failed)
    #expect(outcome.message == "1 of 4 tests passed, 1 failed, 1 broke, 1 skipped; 2 tests failed")
    #expect(
      outcome.outputs == [
        "total": "4", "passed": "1", "failed": "1", "errors": "1", "skipped": "1", "flaky": "0", "pass-rate": "33.33",
      ])
    #expect(
      outcome.reports == [
        ActionReport(
          name: "unit tests", format: "JUNITXML", files: ["unit tests.json", "unit tests.junit.xml"],
          totals: .init(total: 4, passed: 1, failed: 1, errors: 1, skipped: 1, durationSeconds: 1))
      ])
    #expect(run.services.lines.contains("info:   failed: c.b: no"))
    #expect(run.services.lines.contains("error: NOT MET: 2 tests failed"))
  }

  @Test func reportsOfSeveralFilesAndFormatsAreOne() async throws {
    let run = try ActionRun()
    for name in ["testng.xml", "nunit3.xml", "cobertura.xml", "scan.sarif"] { try run.add(name) }
    try run.write(junit(["a": "ok"]), to: "1.xml")
    try run.write(junit(["b": "ok"]), to: "2.xml")
    try run.write("no report", to: "notes.txt")
    let outcome = try await run.run(#"{"files": ["**/*"], "min-pass-rate": 10}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(
      outcome.reports.map { "\($0.name) \($0.format)" } == [
        "unit tests JUNITXML", "unit tests nunit3xml NUNIT3XML", "unit tests testngxml TESTNGXML",
        "unit tests coberturaxml COBERTURAXML", "unit tests sarif SARIF",
      ])
    #expect(outcome.outputs["total"] == "11" && outcome.outputs["line-coverage"] == "60")
    #expect(outcome.outputs["findings"] == "7")
    let merged = try #require(outcome.reports.first?.files.last)
    let content = try ReportReader.read(
      try await WorkspaceFiles(directory: run.output).read(merged, limit: 1 << 20), name: merged)
    #expect(content.cases.count == 11)
    #expect(run.services.lines.contains { $0.hasPrefix("warning: passed over: notes.txt: ") })
  }

  @Test(arguments: [(50.0, true), (66.66, true), (66.67, false), (100, false)])
  func theShareThatHasToPass(share: Double, isMet: Bool) async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok", "b": "bad", "c": "ok", "d": "skipped"]), to: "a.xml")
    let outcome = try await run.run(#"{"files": "a.xml", "min-pass-rate": \#(share)}"#)
    #expect((outcome.status == .succeeded) == isMet, "\(outcome.message)")
  }

  @Test func aShareOfNothingIsNotMet() async throws {
    let run = try ActionRun()
    try run.write(junit(["d": "skipped"]), to: "a.xml")
    #expect(try await run.run(#"{"files": "a.xml", "min-pass-rate": 1}"#).message.contains("no test was run"))
    #expect(try await run.run(#"{"files": "a.xml"}"#).status == .succeeded)
  }

  @Test func onlyNewFailuresCountAgainstABaseline() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "bad", "b": "ok"]), to: "old.xml")
    try run.write(junit(["a": "bad", "b": "ok", "c": "ok"]), to: "new.xml")
    let same = try await run.run(#"{"files": "new.xml", "baseline": "old.xml"}"#)
    #expect(same.status == .succeeded, "\(same.message)")
    // The report that the plugin kept is a baseline too.
    try run.write(String(decoding: try run.kept().encoded(), as: UTF8.self), to: "kept.json")
    try run.write(junit(["a": "bad", "b": "bad", "c": "broken"]), to: "new.xml")
    for baseline in ["old.xml", "kept.json"] {
      let worse = try await run.run(#"{"files": "new.xml", "baseline": "\#(baseline)"}"#)
      #expect(worse.status == .failed && worse.message.hasSuffix("2 new failures: c.b, c.c"), "\(worse.message)")
    }
    // Rows of a table share a name: one more of them is new.
    try run.write(junit(["a": "bad", "a": "bad"]), to: "new.xml")
    #expect(try await run.run(#"{"files": "new.xml", "baseline": "old.xml"}"#).message.hasSuffix("1 new failures: c.a"))
    let without = try await run.run(#"{"files": "new.xml", "baseline": "missing.json"}"#)
    #expect(without.status == .failed)
    #expect(run.services.lines.contains("warning: there is no baseline missing.json; every failure is new"))
  }

  @Test(arguments: [
    (#""min-line-coverage": 60"#, true), (#""min-line-coverage": 60.01"#, false),
    (#""min-branch-coverage": 50"#, true), (#""min-branch-coverage": 51"#, false),
  ])
  func coverageThatHasToBeReached(gate: String, isMet: Bool) async throws {
    let run = try ActionRun()
    try run.add("cobertura.xml")
    let outcome = try await run.run("{\"files\": \"*.xml\", \(gate)}", name: "cover")
    #expect((outcome.status == .succeeded) == isMet, "\(outcome.message)")
    #expect(
      outcome.reports == [
        ActionReport(
          name: "cover", format: "COBERTURAXML", files: ["cover.json"], lines: .init(covered: 3, total: 5),
          branches: .init(covered: 2, total: 4))
      ])
  }

  @Test func coverageThatNobodyMeasuredIsNotReached() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok"]), to: "a.xml")
    for key in ["min-line-coverage", "min-branch-coverage"] {
      let outcome = try await run.run(#"{"files": "a.xml", "\#(key)": 0}"#)
      #expect(outcome.status == .failed && outcome.message.hasSuffix("no coverage report was read"))
    }
    let scan = try await run.run(#"{"files": "a.xml", "fail-on": "error"}"#)
    #expect(scan.message.hasSuffix("no SARIF report was read"))
  }

  @Test(arguments: [("error", 2), ("warning", 4), ("note", 6), ("none", 0)])
  func findingsThatFail(level: String, count: Int) async throws {
    let run = try ActionRun()
    try run.add("scan.sarif")
    let outcome = try await run.run(#"{"files": "*.sarif", "fail-on": "\#(level)"}"#)
    #expect((outcome.status == .failed) == (count > 0))
    if count > 0 { #expect(outcome.message.hasSuffix("\(count) findings of level \(level) or above")) }
    // What an earlier scan has found is nobody's fault now.
    let again = try await run.run(
      #"{"files": "scan.sarif", "fail-on": "\#(level)", "baseline": "scan.sarif"}"#)
    #expect(again.status == .succeeded, "\(again.message)")
  }

  @Test func aReportThatBreaksOffFailsTheAction() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok"]), to: "a.xml")
    try run.write("<testsuite><testcase name='b'/>", to: "b.xml")
    let outcome = try await run.run(#"{"files": "*.xml"}"#)
    #expect(outcome.status == .failed && outcome.message.contains("b.xml: line 1: "), "\(outcome.message)")
    try run.write("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", to: "b.xml")
    let hostile = try await run.run(#"{"files": "*.xml"}"#)
    #expect(hostile.status == .failed && hostile.message.contains("entities are refused"), "\(hostile.message)")
  }

  @Test func withoutAReportTheActionFails() async throws {
    let run = try ActionRun()
    let none = try await run.run(#"{"files": ["x/*.xml"]}"#)
    #expect(none == .failed("no report was read: nothing matches x/*.xml"))
    let ended = try await run.run(#"{"files": "x.xml", "command": "exit 3"}"#)
    #expect(ended.message == "no report was read: nothing matches x.xml; the command ended with 3")
  }

  @Test func linksOutOfTheWorkspaceAreNotFollowed() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok"]), to: "a.xml")
    _ = try await run.tool("ln -s /etc/passwd b.xml; mkfifo c.xml; mkdir d.xml")
    let outcome = try await run.run(#"{"files": "*.xml"}"#)
    #expect(outcome.outputs["total"] == "1")
    #expect(!run.services.lines.contains { $0.contains("root:") })
  }
}
