import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// The test plugin in builds, and what `reports` of the buildspec say of tests.
@Suite(.takingTurns) struct TestPluginTests {
  private static let junit = """
    <testsuite name="s"><testcase classname="c" name="a" time="0.5"/><testcase classname="c" name="b" time="0.25">
    <failure message="expected 1"/></testcase><testcase name="later"><skipped/></testcase></testsuite>
    """
  private static let cobertura = """
    <coverage line-rate="1"><packages><package name="p"><classes><class name="c" filename="a.c"><lines>
    <line number="1" hits="1"/><line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/>
    </lines></class></classes></package></packages></coverage>
    """
  private static let files = ["junit.xml": junit, "cobertura.xml": cobertura]

  private func tests(_ name: String, files: [String]) -> ReportResult {
    var report = ReportResult(name: name, format: "JUNITXML", files: files)
    (report.total, report.passed, report.failed, report.errors, report.skipped) = (3, 1, 1, 0, 1)
    report.durationSeconds = 0.75
    return report
  }

  @Test func reportGroupsHaveTotals() async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: String.building("echo hello") + """
        reports:
          unit:
            files: ['junit.xml', 'notes.txt']
          cover:
            files: [cobertura.xml]
            file-format: CoberturaXML
        """,
      files: Self.files.merging(["notes.txt": "no report"]) { $1 },
      says: ["[Container] report unit: notes.txt: it is neither XML nor JSON"]
    ).check()
    var cover = ReportResult(
      name: "cover", format: "COBERTURAXML", files: ["reports/cover/cobertura.xml", "reports/cover.json"])
    cover.lines = .init(covered: 1, total: 2)
    cover.branches = .init(covered: 1, total: 2)
    let unit = tests("unit", files: ["reports/unit/junit.xml", "reports/unit/notes.txt", "reports/unit.json"])
    #expect(build.result.reports == [unit, cover])
    #expect(try build.file("reports/unit.json").contains(#""message" : "expected 1""#))
  }

  @Test(arguments: [SandboxSettings.Mode.off, .strict]) func anActionReadsReports(sandbox: SandboxSettings.Mode)
    async throws
  {
    let build = try await JourneymanRun(
      files: Self.files.merging([
        "buildspec.yml": """
        version: 0.2
        phases:
          build:
            commands: ['true']
          post_build:
            commands: ['echo "$ACTION_UNIT_PASSED of $ACTION_UNIT_TOTAL, lines $ACTION_UNIT_LINE_COVERAGE"']
        reports:
          unit: {files: junit.xml}
        actions:
          - name: unit
            uses: test
            after: build
            with:
              command: mkdir out && cp *.xml out
              files: out/*.xml
              min-pass-rate: 50
              min-line-coverage: 50
              min-branch-coverage: 50
        """
      ]) { $1 }, sandbox: sandbox
    ).run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(build.lines.contains("1 of 3, lines 50"), "\(build.log)")
    let action = try #require(build.result.actions.first)
    #expect(
      action.message.hasPrefix("1 of 3 tests passed, 1 failed, 1 skipped; lines 50 % (1 of 2), branches 50 % (1 of 2)"))
    let names = build.result.reports.map { "\($0.name) \($0.format)" }
    #expect(names == ["unit JUNITXML", "unit coberturaxml COBERTURAXML", "unit JUNITXML"])
    #expect(
      build.result.reports.first == tests("unit", files: ["reports/unit.json", "reports/unit.junit.xml"]))
    for file in build.result.reports.flatMap(\.files) { #expect(try !build.file(file).isEmpty, "\(file)") }
    #expect(Set(build.result.reports.flatMap(\.files)).count == 5)
  }

  @Test func aGateThatIsNotMetFailsTheBuild() async throws {
    let build = try await JourneymanRun(
      files: Self.files.merging([
        "buildspec.yml": String.building("true") + """
          actions:
            - name: unit
              uses: test
              with:
                files: junit.xml
          """
      ]) { $1 }
    ).run(in: BuildPlace())
    #expect(build.result.status == .failed && build.exitStatus == 1)
    #expect(build.result.actions.map(\.message) == ["1 of 3 tests passed, 1 failed, 1 skipped; 1 test failed"])
    #expect(build.lines.contains { $0.hasSuffix("  failed: c.b: expected 1") }, "\(build.log)")
  }

  /// The README's example, as it stands there.
  @Test func theExampleOfTheReadme() async throws {
    let root = String(#filePath.dropLast("/Tests/Integration/Run/TestPluginTests.swift".count))
    let readme = try String(contentsOfFile: root + "/README.md", encoding: .utf8)
    let section = try #require(readme.components(separatedBy: "### Test reports, coverage and findings\n").last)
    let example = try #require(section.components(separatedBy: "```yaml\n").dropFirst().first)
    let buildspec = try #require(example.components(separatedBy: "```").first)
    let first = Self.junit.replacing("<failure message=\"expected 1\"/>", with: "")
    let makefile = """
      all:
      \tmkdir out
      check:
      \tif [ -e out/unit.xml ]; then cp good.xml out/unit.xml; else cp bad.xml out/unit.xml; fi
      \tcp coverage.xml out
      """
    func build(_ coverage: String) async throws -> FinishedBuild {
      try await JourneymanRun(
        files: [
          "buildspec.yml": buildspec, "Makefile": makefile + "\n", "bad.xml": Self.junit, "good.xml": first,
          "coverage.xml": coverage,
        ]
      ).run(in: BuildPlace())
    }
    let good = try await build(Self.cobertura.replacing("hits=\"0\"", with: "hits=\"3\""))
    #expect(good.result.status == .succeeded, "\(good.log)")
    #expect(good.result.actions.first?.outputs["flaky"] == "1")
    #expect(good.result.reports.first?.passed == 2)
    let bad = try await build(Self.cobertura)
    #expect(bad.result.status == .failed)
    #expect(bad.result.actions.first?.message.hasSuffix("lines 50 % (1 of 2) covered, wanted 80 %") == true)
  }

  /// Nothing runs with a configuration that cannot work.
  @Test func aConfigurationThatMakesNoSenseIsFoundFirst() async throws {
    let build = try await JourneymanRun(
      files: [
        "buildspec.yml": String.building("touch ran") + """
          actions:
            - name: unit
              uses: test
              with:
                files: junit.xml
                min-pass-rate: 120
          """
      ]
    ).run(in: BuildPlace())
    #expect(build.exitStatus == 2)
    #expect(build.output.contains("min-pass-rate") || build.errors.contains("min-pass-rate"), "\(build.output)")
    #expect(build.output.contains("must be 0 to 100") || build.errors.contains("must be 0 to 100"))
    #expect(build.result.phases.allSatisfy { $0.name != .build })
  }
}
