import Foundation
import JourneymanBuildModel
import JourneymanSealing
import JourneymanSupport
import TestSupport
import Testing

/// Whole small projects in the styles of real ones, isolated and not: each leaves exactly the result that lies beside it.
@Suite(.takingTurns) struct ProjectTests {
  static let modes = [SandboxSettings.Mode.off, .strict]

  @Test(.enabled(if: Peer.areFound("cc", "make"), "needs cc and make"), arguments: modes)
  func cAndMake(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("c-make", sandbox)
    #expect(build.lines.contains("3 checks, 0 failures"))
    #expect(try await build.entries(of: "artifacts/sum.zip") == ["bin/sum", "include/sum.h", "lib/libsum.a"])
  }

  @Test(.enabled(if: Peer.areFound("python3"), "needs python3"), arguments: modes)
  func pythonWithPytest(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("python-pytest", sandbox)
    #expect(
      try await build.entries(of: "artifacts/wordcount.zip")
        == ["pyproject.toml", "wordcount/__init__.py", "wordcount/__main__.py"])
    #expect(try build.file("reports/wordcount-tests/pytest.xml").contains("tests=\"4\""))
  }

  @Test(.enabled(if: Peer.areFound("node"), "needs node"), arguments: modes)
  func nodeWithItsTestRunner(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("node", sandbox)
    #expect(build.lines.contains("hello-world"))
    #expect(try await build.entries(of: "artifacts/artifacts.zip") == ["meta/version.json", "slug.js"])
  }

  @Test(.enabled(if: Peer.areFound("javac", "java", "jar"), "needs a JDK"), arguments: modes)
  func java(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("java", sandbox)
    #expect(build.lines.contains("MCMXCIV"))
    #expect(try await build.entries(of: "artifacts/artifacts.zip") == ["roman.jar"])
  }

  @Test(arguments: modes)
  func shellWithAServerInTheBackground(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("shell", sandbox)
    #expect(try await build.entries(of: "artifacts/shell-2.7.1.zip") == ["numbers.txt", "settings.ini"])
  }

  @Test(arguments: modes)
  func batchList(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("batch-list", sandbox)
    #expect(try await build.entries(of: "tasks/small/artifacts/numbers-10.zip") == ["numbers.txt"])
    #expect(try await build.entries(of: "tasks/large/artifacts/numbers-1000.zip") == ["numbers.txt"])
    #expect(try await build.entries(of: "tasks/documents/artifacts/documents.zip") == ["README"])
  }

  @Test(arguments: modes)
  func batchGraph(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("batch-graph", sandbox, status: 1)
    #expect(build.lines.contains("[Container] Task complete: publish State: not started"))
  }

  @Test(arguments: modes)
  func monorepoWithSecondaryArtifacts(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("monorepo", sandbox)
    let all = [
      "api/config/config.json", "api/main.sh", "templates/mail.txt", "templates/other.yml", "templates/page.html",
      "web/config/config.json", "web/main.sh",
    ]
    #expect(try await build.entries(of: "artifacts/everything.zip") == all)
    #expect(try await build.entries(of: "artifacts/api.zip") == ["config/config.json", "main.sh"])
    #expect(try await build.entries(of: "artifacts/web-1.zip") == ["config.json", "main.sh"])
    #expect(
      try await build.entries(of: "artifacts/templates.zip") == ["templates/mail.txt", "templates/page.html"])
    #expect(try await build.entries(of: "artifacts/logs.zip") == ["debug.log"])
  }

  @Test(arguments: modes)
  func version01(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("version-01", sandbox)
    #expect(build.lines.contains("This is the first edition."))
    #expect(try await build.entries(of: "artifacts/artifacts.zip") == ["page.txt"])
  }

  @Test(arguments: modes)
  func releaseWithCacheReportsAndRetries(sandbox: SandboxSettings.Mode) async throws {
    let build = try await check("release", sandbox, status: 1)
    #expect(try await build.entries(of: "artifacts/release/1.3-beta.zip") == ["deps/list", "release.txt"])
    #expect(build.lines.count { $0.hasPrefix("[Container] BUILD failed; retry") } == 2)
  }

  /// Builds a copy of a project of `Tests/Fixtures/projects`, and compares its results with the expected ones.
  private func check(
    _ project: String, _ sandbox: SandboxSettings.Mode, status: Int32 = 0
  ) async throws -> FinishedBuild {
    let fixture = StoreServer.fixtures + "/projects/" + project
    let all = try FileManager.default.subpathsOfDirectory(atPath: fixture)
    let place = try BuildPlace()
    for file in all where !file.hasPrefix("expected-result") {
      if let content = try? String(contentsOfFile: fixture + "/" + file, encoding: .utf8) {
        try place.write(content, to: "source/" + file)
      }
    }
    let build = try await JourneymanRun(files: [:], sandbox: sandbox).run(in: place)
    #expect(build.exitStatus == status, "\(build.log)")
    try compare(build, "result.json", fixture + "/expected-result.json")
    for task in build.result.batch ?? [] where task.output != nil {
      try compare(build, "tasks/\(task.identifier)/result.json", fixture + "/expected-result.\(task.identifier).json")
    }
    for artifact in build.result.artifacts {
      let bytes = try FileSystem.read(place.output + "/" + artifact.file, limit: 64 << 20)
      #expect(artifact.bytes == Int64(bytes.count))
      #expect(try artifact.sha256 == Digest.sha256(of: bytes))
    }
    return build
  }

  /// With `JOURNEYMAN_RECORD=1` writes what it found instead, for a person to read and commit.
  private func compare(_ build: FinishedBuild, _ found: String, _ expected: String) throws {
    let text = try ResultNormalisation.normalised(build.file(found), source: build.place.source)
    if StandardPaths.processEnvironment["JOURNEYMAN_RECORD"] == "1" {
      try FileSystem.writeAtomically(Array(text.utf8), to: expected)
    }
    #expect(try text == String(contentsOfFile: expected, encoding: .utf8), "\(expected)\n\(build.log)")
  }
}
