import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

@testable import DocsAction

/// Versions of a site side by side.
@Suite struct VersionTests {
  @Test func theNewestFinishedVersionIsTheLatest() {
    #expect(VersionName.latest(of: ["1.9", "1.10", "1.2"]) == "1.10")
    #expect(VersionName.latest(of: ["v1.0", "v2.0-beta", "main"]) == "v1.0")
    #expect(VersionName.latest(of: ["2.0rc1", "2.0b2"]) == "2.0rc1")
    #expect(VersionName.latest(of: ["main", "2.0-beta.9", "2.0-beta.10"]) == "2.0-beta.10")
    #expect(VersionName.latest(of: ["main"]) == "main")
    #expect(VersionName.latest(of: []) == nil)
    #expect(
      ["1.0", "main", "1.0-rc1", "0.9.9", "1.0.1"].sorted(by: VersionName.isOlder)
        == ["main", "0.9.9", "1.0-rc1", "1.0", "1.0.1"])
    for name in ["", ".", "..", "latest", "a/b", "-x", ".x", "a b", "site-assets", String(repeating: "1", count: 65)] {
      #expect(!VersionName.isValid(name), "\(name)")
    }
  }

  private static func configuration(_ version: String) -> String {
    #"{"generator": "markdown", "source": "docs", "output": "public/docs", "version": "\#(version)", "title": "T & U"}"#
  }

  @Test func versionsStandSideBySide() async throws {
    let run = try DocsRun(["docs/index.md": "# First\n\n[p](p.md)\n", "docs/p.md": "# Page\n"])
    let first = try await run.run(Self.configuration("1.0"))
    #expect(first.outputs["latest"] == "1.0", "\(first.message)")
    try run.write("# Second\n", to: "docs/index.md")
    try FileSystem.removeTree(run.output)
    try FileSystem.makeDirectories(run.output)
    let second = try await run.run(Self.configuration("2.0"))
    #expect(second.status == .succeeded && second.message == "2 pages, beside 1 earlier versions", "\(second.message)")
    #expect(second.outputs["latest"] == "2.0" && second.outputs["version"] == "2.0")
    #expect(try run.page("1.0/index.html").contains(">First<") || run.page("1.0/index.html").contains("<h1>First"))
    #expect(try run.page("2.0/index.html").contains("<a class=\"version\" href=\"../index.html\""))
    let index = try run.page("index.html")
    let newer = try #require(index.range(of: "2.0/index.html")), older = try #require(index.range(of: "1.0/index.html"))
    #expect(newer.lowerBound < older.lowerBound && index.contains("<h1>T &amp; U</h1>"))
    #expect(try run.page("latest/p.html").contains("content=\"0; url=../2.0/p.html\""))
    // An old version that is made again is not the latest, and what it no longer has is gone.
    try FileSystem.removeTree(run.workspace + "/docs/p.md")
    try FileSystem.removeTree(run.output)
    try FileSystem.makeDirectories(run.output)
    let third = try await run.run(Self.configuration("1.0"))
    #expect(third.outputs["latest"] == "2.0", "\(third.message)")
    #expect(try !run.files().contains("1.0/p.html") && run.files().contains("2.0/p.html"))
    let kept = try FileManager.default.subpathsOfDirectory(atPath: run.workspace + "/public/docs")
    #expect(Set(kept.filter { $0.hasSuffix(".html") }) == Set(try run.files().filter { $0.hasSuffix(".html") }))
  }

  /// What lies beside the versions is none, and no link leads out of them.
  @Test func whatIsNoVersionIsPassedOver() async throws {
    let run = try DocsRun([
      "docs/index.md": "# X\n", "old/1.0/index.html": "one", "old/no index/a.html": "x", "old/drafts/a.html": "x",
      "old/1.0/a b.html": "x", "secret": "s",
    ])
    symlink("../../secret", run.workspace + "/old/1.0/link.txt")
    symlink("/etc", run.workspace + "/old/etc")
    let outcome = try await run.run(
      #"{"generator": "markdown", "source": "docs", "previous": "old", "version": "1.1"}"#)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let files = try run.files()
    #expect(files.contains("1.0/index.html") && files.contains("1.0/a b.html") && files.contains("latest/index.html"))
    #expect(!files.contains { $0.contains("link.txt") || $0.contains("drafts") || $0.contains("etc/") }, "\(files)")
    #expect(run.services.lines.contains { $0.contains("old/drafts is passed over") })
  }
}
