import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// `cache` from build to build, and `reports`.
@Suite(.takingTurns) struct CacheAndReportTests {
  private func build(
    _ place: BuildPlace, _ cache: String, _ commands: String..., sandbox: SandboxSettings.Mode = .off
  ) async throws -> FinishedBuild {
    let list = "version: 0.2\nphases:\n  build:\n    commands:\n" + commands.map(String.item).joined()
    return try await BuildCase(title: "", buildspec: list + "cache:\n" + cache).check(sandbox, in: place)
  }

  private static let show = "cat deps/file 2> /dev/null || echo nothing restored"

  @Test(arguments: [SandboxSettings.Mode.off, .strict])
  func withoutAKeyTheLastBuildsFilesComeBack(sandbox: SandboxSettings.Mode) async throws {
    let place = try BuildPlace()
    let cache = "  paths: ['deps/**/*', '~/.tool/**/*']\n"
    for value in ["first", "second", "third"] {
      let found = try await build(
        place, cache, Self.show, "cat ~/.tool/stamp 2> /dev/null || echo no stamp",
        "mkdir -p deps ~/.tool; echo \(value) > deps/file; echo stamp \(value) > ~/.tool/stamp", sandbox: sandbox)
      let before = ["second": "first", "third": "second"][value]
      #expect(found.lines.contains(before ?? "nothing restored"), "\(found.log)")
      #expect(found.lines.contains(before.map { "stamp \($0)" } ?? "no stamp"), "\(found.log)")
    }
  }

  @Test func anEntryOfAKeyNeverChanges() async throws {
    let place = try BuildPlace()
    let cache = "  key: deps-$(cat buildspec.yml | wc -l)\n  paths: ['deps/**/*']\n"
    let store = "mkdir -p deps; echo a >> deps/file"
    let first = try await build(place, cache, Self.show, store)
    #expect(first.lines.contains("nothing restored"))
    for _ in 1...2 {
      let later = try await build(place, cache, Self.show, store)
      #expect(later.lines.contains("a"))
      #expect(later.lines.count { $0 == "a" } == 1)
      #expect(later.lines.contains("[Container] Cache: the entry exists already"), "\(later.log)")
    }
  }

  @Test func fallbackKeysAreTriedInTheirOrder() async throws {
    let place = try BuildPlace()
    for name in ["app-one", "lib-two"] {
      _ = try await build(
        place, "  key: \(name)\n  paths: [deps/file]\n", "mkdir -p deps; echo of \(name) > deps/file")
    }
    func restored(_ fallbacks: String) async throws -> FinishedBuild {
      try await build(
        place, "  key: new\n  action: restore\n  fallback-keys: [\(fallbacks)]\n  paths: [deps/file]\n", Self.show)
    }
    #expect(try await restored("none-, lib-, app-").lines.contains("of lib-two"))
    #expect(try await restored("app-, lib-").lines.contains("of app-one"))
    #expect(try await restored("none-").lines.contains("nothing restored"))
  }

  @Test func aKeyCanBeAHashOfFiles() async throws {
    let place = try BuildPlace()
    let cache = "  key: deps-$(codebuild-hash-files lock 'more/*.txt')-$(echo end)\n  paths: [deps/file]\n"
    func step(_ lock: String, _ value: String) async throws -> FinishedBuild {
      try place.write(lock, to: "source/lock")
      return try await build(place, cache, Self.show, "mkdir -p deps; echo \(value) > deps/file")
    }
    let first = try await step("1", "of one")
    let line = first.lines.first { $0.hasPrefix("[Container] Cache: no entry for ") }
    #expect(line?.contains(/deps-[0-9a-f]{64}-end$/) == true, "\(first.log)")
    #expect(try await step("2", "of two").lines.contains("nothing restored"))
    #expect(try await step("1", "of three").lines.contains("of one"))
  }

  @Test func theActionSaysWhatIsDone() async throws {
    let place = try BuildPlace()
    func step(_ action: String, _ value: String) async throws -> FinishedBuild {
      try await build(
        place, "  action: \(action)\n  paths: [deps/file]\n", Self.show, "mkdir -p deps; echo \(value) > deps/file")
    }
    _ = try await step("save", "one")
    #expect(try await step("save", "two").lines.contains("nothing restored"))
    #expect(try await step("restore", "three").lines.contains("two"))
    #expect(try await step("restore", "four").lines.contains("two"))
  }

  @Test func aFailedBuildSavesNothing() async throws {
    let place = try BuildPlace()
    let text = String.building("mkdir -p deps; echo bad > deps/file; exit 1") + "cache: {paths: [deps/file]}\n"
    try await BuildCase(title: "", buildspec: text, status: .failed, failing: [.build]).check(in: place)
    let next = try await build(place, "  paths: [deps/file]\n", Self.show)
    #expect(next.lines.contains("nothing restored"))
  }

  @Test func pathsOutsideTheBuildAreNotCached() async throws {
    let place = try BuildPlace()
    try place.write("a secret of the host\n", to: "outside")
    _ = try await build(place, "  paths: ['../outside', '\(place.path)/outside', '/etc/hostname']\n", "true")
    let entries = FileManager.default.enumerator(atPath: place.path + "/cache")?.compactMap { $0 as? String } ?? []
    #expect(!entries.contains { $0.hasSuffix("outside") })
  }

  @Test func reportsAreCollectedByGroup() async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: """
        version: 0.2
        env: {variables: {SUITE: nightly}}
        phases:
          build:
            commands:
              - mkdir -p out/a out/b
              - for file in out/a/1.xml out/b/2.xml out/other.txt cover.xml; do echo "<a/>" > $file; done
              - exit 1
        reports:
          unit:
            files: ['**/*.xml']
            base-directory: out
          flat-$SUITE:
            files: 'out/**/*.xml'
            discard-paths: yes
            file-format: CucumberJson
          arn:aws:codebuild:eu-west-1:123456789012:report-group/cover:
            files: [cover.xml]
            file-format: CLOVERXML
          empty:
            files: [nothing]
        """,
      status: .failed, failing: [.build],
      says: ["[Container] report empty: no matching artifact paths found"]
    ).check()
    let arn = "arn:aws:codebuild:eu-west-1:123456789012:report-group/cover"
    #expect(
      build.result.reports == [
        ReportResult(name: "unit", format: "JUNITXML", files: ["reports/unit/a/1.xml", "reports/unit/b/2.xml"]),
        ReportResult(
          name: "flat-$SUITE", format: "CUCUMBERJSON",
          files: ["reports/flat-nightly/1.xml", "reports/flat-nightly/2.xml"]),
        ReportResult(
          name: arn, format: "CLOVERXML", files: ["reports/\(arn.replacing("/", with: "-"))/cover.xml"]),
      ])
    for report in build.result.reports { for file in report.files { #expect(try build.file(file) == "<a/>\n") } }
  }
}
