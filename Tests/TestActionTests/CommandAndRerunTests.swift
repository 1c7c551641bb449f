import JourneymanActionHost
import JourneymanActionKit
import JourneymanActionSupport
import TestAction
import TestSupport
import Testing

/// The plugin's commands.
@Suite(.takingTurns) struct CommandAndRerunTests {
  @Test func aCommandAlone() async throws {
    let run = try ActionRun()
    #expect(try await run.run(#"{"command": "echo hello"}"#) == .succeeded("the test command succeeded"))
    #expect(try await run.run(#"{"command": "exit 4"}"#) == .failed("the test command ended with 4"))
    #expect(run.services.lines.contains("info: hello\n"))
  }

  @Test func aCommandThatFailsThoughNoTestDoes() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok"]), to: "source.xml")
    let outcome = try await run.run(#"{"command": "cp source.xml out.xml; exit 2", "files": "out.xml"}"#)
    #expect(
      outcome.message
        == "1 of 1 tests passed; the command ended with 2, though no report that it wrote has a failed test")
    #expect(outcome.status == .failed)
  }

  /// A failing command is what its failed tests say, and those are what the gates are about.
  @Test func aCommandWhoseTestsFailIsLeftToTheGates() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok", "b": "bad"]), to: "source.xml")
    let command = #""command": "cp source.xml out.xml; exit 1", "files": "out.xml", "min-pass-rate": 50"#
    #expect(try await run.run("{\(command)}").status == .succeeded)
    // But not with failures of an earlier run.
    try run.write(junit(["a": "ok", "b": "bad"]), to: "stale.xml")
    let stale = try await run.run(#"{"command": "exit 1", "files": "stale.xml", "min-pass-rate": 50}"#)
    #expect(stale.status == .failed, "\(stale.message)")
  }

  @Test func testsThatPassTheSecondTimeAreFlaky() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok", "b": "bad", "c": "broken"]), to: "first.xml")
    try run.write(junit(["b": "ok", "c": "broken"]), to: "second.xml")
    let outcome = try await run.run(
      #"""
      {"command": "cp first.xml out.xml; exit 1", "files": "out.xml", "min-pass-rate": 60,
       "rerun": "echo \"$JOURNEYMAN_FAILED_TESTS\" > names.txt; cp second.xml out.xml"}
      """#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(outcome.outputs["passed"] == "2" && outcome.outputs["flaky"] == "1" && outcome.outputs["total"] == "3")
    #expect(try await run.tool("cat names.txt").output == "c.b\nc.c\n")
    #expect(try run.kept().flaky == ["c.b"])
    #expect(run.services.lines.contains("warning:   flaky: c.b"))
  }

  @Test func aRerunGoesOnWhileTestsFail() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "bad"]), to: "bad.xml")
    try run.write(junit(["a": "ok"]), to: "ok.xml")
    let outcome = try await run.run(
      #"""
      {"command": "cp bad.xml out.xml", "files": "out.xml", "rerun-attempts": 5,
       "rerun": "echo >> count; if [ $(wc -l < count) -ge 3 ]; then cp ok.xml out.xml; else cp bad.xml out.xml; fi"}
      """#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(try await run.tool("wc -l < count").output == "3\n")
  }

  @Test func aRerunThatWritesNoReportChangesNothing() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "bad"]), to: "out.xml")
    let outcome = try await run.run(#"{"files": "out.xml", "rerun": "true"}"#)
    #expect(outcome.status == .failed)
    #expect(
      run.services.lines.contains("warning: the 'rerun' command ended with 0 and wrote no report; the failures stand"))
  }

  @Test func nothingIsRunAgainWhenAllIsWell() async throws {
    let run = try ActionRun()
    try run.write(junit(["a": "ok"]), to: "out.xml")
    #expect(try await run.run(#"{"files": "out.xml", "rerun": "touch ran"}"#).status == .succeeded)
    #expect(try await run.tool("ls ran").status != 0)
  }

  @Test(arguments: [
    ("{}", "files: give the report files, a 'command', or both"),
    (#"{"files": []}"#, "files: the list is empty"),
    (#"{"files": "a", "format": "JUNIT"}"#, "format: 'JUNIT' is none of"),
    (#"{"files": "a", "min-pass-rate": 101}"#, "min-pass-rate: must be 0 to 100"),
    (#"{"files": "a", "min-branch-coverage": -1}"#, "min-branch-coverage: must be 0 to 100"),
    (#"{"command": "x", "baseline": "a"}"#, "baseline: needs 'files'"),
    (#"{"files": "a", "rerun-attempts": 2}"#, "rerun-attempts: needs 'rerun'"),
    (#"{"files": "a", "rerun": "x", "rerun-attempts": 11}"#, "rerun-attempts: must be 1 to 10"),
  ])
  func configurationsThatMakeNoSense(json: String, message: String) async throws {
    let run = try ActionRun()
    let error = await #expect(throws: PluginConfigurationError.self) { try await run.run(json) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test func thePluginCanBeRegistered() throws {
    #expect(TestAction.manifest.mistakes.isEmpty)
    var registry = PluginRegistry()
    try registry.register(TestAction.self)
  }
}
