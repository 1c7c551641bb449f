import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// The plugin `docs` in whole builds: the README's examples, as they stand there.
@Suite(.takingTurns) struct DocsPluginTests {
  /// The buildspecs of the README's section.
  private func examples() throws -> [String] {
    let root = String(#filePath.dropLast("/Tests/Integration/Run/DocsPluginTests.swift".count))
    let readme = try String(contentsOfFile: root + "/README.md", encoding: .utf8)
    let section = try #require(readme.components(separatedBy: "### Documentation sites\n").last)
    let text = try #require(section.components(separatedBy: "\n### ").first)
    let found = text.components(separatedBy: "```yaml\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    try #require(found.count == 3)
    return found
  }

  private static let makefile = "all:\n\ttrue\n"

  @Test func aSiteOfAnAPI() async throws {
    let document = """
      openapi: 3.0.3
      info: {title: Tea, version: '1'}
      paths:
        /cups:
          get:
            operationId: listCups
            responses: {'200': {description: Cups., content: {application/json: {schema: {$ref: '#/components/schemas/Cup'}}}}}
      components:
        schemas: {Cup: {type: object, properties: {inner: {$ref: '#/components/schemas/Cup'}}}}
      """
    // In the sandbox, where the site is written into the workspace as the build's user.
    for mode in [SandboxSettings.Mode.off, .strict] {
      let files = ["buildspec.yml": try examples()[0], "Makefile": Self.makefile, "api/openapi.yaml": document]
      let build = try await JourneymanRun(files: files, sandbox: mode).run(in: BuildPlace())
      #expect(build.result.status == .succeeded, "\(build.log)")
      #expect(build.result.actions.first?.outputs["pages"] == "4")
      let entries = try await build.entries(of: "artifacts/api-docs.zip")
      #expect(entries.contains("schemas/cup.html") && entries.contains("index.html"), "\(entries)")
    }
    let broken = document.replacing("schemas/Cup'}}}}}", with: "schemas/Mug'}}}}}")
    let files = ["buildspec.yml": try examples()[0], "Makefile": Self.makefile, "api/openapi.yaml": broken]
    let build = try await JourneymanRun(files: files).run(in: BuildPlace())
    #expect(build.result.status == .failed)
    #expect(
      build.result.actions.first?.message == "api/openapi.yaml:7: '$ref: #/components/schemas/Mug' leads nowhere")
  }

  @Test func aHandbookWithVersions() async throws {
    let files = [
      "buildspec.yml": try examples()[1], "Makefile": Self.makefile, "docs/README.md": "# Hello\n\n[Next](next.md)\n",
      "docs/next.md": "# Next\n", "published/1.1.0/index.html": "<!DOCTYPE html><title>Old</title>Old",
    ]
    let build = try await JourneymanRun(files: files).run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(build.result.actions.first?.outputs["latest"] == "1.2.0")
    let entries = try await build.entries(of: "artifacts/handbook.zip")
    for path in ["index.html", "latest/next.html", "1.2.0/next.html", "1.1.0/index.html"] {
      #expect(entries.contains(path), "\(entries)")
    }
    var broken = files
    broken["docs/next.md"] = "# Next\n\n\n[Back](readme.md)\n"
    let failed = try await JourneymanRun(files: broken).run(in: BuildPlace())
    #expect(failed.result.status == .failed && failed.exitStatus == 1)
    #expect(failed.result.actions.first?.message == "docs/next.md:4: the link 'readme.md' leads to nothing")
    #expect(failed.log.contains("docs/next.md:4: the link 'readme.md' leads to nothing"))
  }

  @Test(.enabled(if: NeededPrograms.areFound("javadoc"), "javadoc is missing")) func aReferenceByACommand() async throws
  {
    let files = [
      "buildspec.yml": try examples()[2], "Makefile": Self.makefile,
      "src/shop/Till.java": "package shop;\n/** Counts. */\npublic class Till {}\n",
    ]
    for mode in [SandboxSettings.Mode.off, .strict] {
      let build = try await JourneymanRun(files: files, sandbox: mode).run(in: BuildPlace())
      #expect(build.result.status == .succeeded, "\(build.log)")
      #expect(try await build.entries(of: "artifacts/reference.zip").contains("shop/Till.html"))
    }
  }

  /// What the site is put into the workspace for: another action uses it.
  @Test func aLaterActionSeesTheSite() async throws {
    let buildspec =
      String.building("true") + """
        actions:
          - name: site
            uses: docs
            with: {generator: markdown, source: docs, output: public, version: '2.0'}
          - name: look
            uses: test
            with: {command: 'test -s public/2.0/index.html && test -s public/index.html && test ! -e public/old.txt'}
        """
    let build = try await JourneymanRun(
      files: ["buildspec.yml": buildspec, "docs/index.md": "# A\n"], sandbox: .strict
    ).run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log)")
  }
}
