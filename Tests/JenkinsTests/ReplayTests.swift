import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Conversations of real controllers, played again with other paths and numbers: what the answers determine is the same.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct ReplayTests {
  private let agent: TestAgent
  private let host: TestHost

  init() async throws {
    agent = try await TestAgent()
    host = TestHost(agent.buildSettings)
  }

  private func workspace(_ name: String) -> String { agent.directory + "/workspace/" + name }

  private func shell(_ script: String, in directory: String) async throws {
    try FileSystem.makeDirectories(directory)
    let outcome = try await TestProgram.run("/bin/sh", ["-ec", script], directory: directory)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// The names in a gzipped tar.
  private func listing(_ archive: [UInt8]) async throws -> [String] {
    let file = PathName.directory(of: agent.directory) + "/archive-\(UUID().uuidString)"
    try FileSystem.writeAtomically(archive, to: file)
    let outcome = try await TestProgram.run(
      "/bin/sh", ["-c", "tar tvzf \"$0\" | awk '{print $1, $6, $7, $8}' | sort", file])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output.split(separator: "\n").map(String.init)
  }

  /// Plays requests and compares.
  ///
  /// - Parameter free: classes whose answers differ from machine to machine.
  private func play(
    _ name: String, free: Set<String> = [], strings: [(recorded: String, live: String)] = []
  ) async throws -> [Replay.Outcome] {
    let replay = Replay(agent.controller, directory: agent.directory, strings: strings)
    var outcomes: [Replay.Outcome] = []
    for entry in try Recording(name).entries {
      let outcome = try await replay.play(entry)
      if !free.contains(entry.class) {
        #expect(outcome.given == outcome.expected, "\(name): \(entry.class)")
      } else {
        #expect(outcome.answer.failure == nil, "\(name): \(entry.class)")
      }
      outcomes.append(outcome)
    }
    return outcomes
  }

  /// What an agent wrote to a stream of an outcome.
  private func written(_ outcome: Replay.Outcome) -> [UInt8] {
    outcome.answer.others.filter {
      $0.className == "hudson.remoting.ProxyOutputStream$Chunk"
        && outcome.streams.contains(Int32($0["oid"].integer ?? -1))
    }.flatMap { $0["buf"].bytes ?? [] }
  }

  /// Archives hold other times and are compressed otherwise; their entries are the same.
  private func expectSameArchives(_ outcomes: [Replay.Outcome]) async throws {
    for outcome in outcomes where !outcome.streams.isEmpty {
      for recorded in outcome.recorded.values {
        #expect(try await listing(written(outcome)) == (try await listing(recorded)))
      }
    }
  }

  @Test func aFreestyleShellStep() async throws {
    try await agent.serve(host) {
      let outcomes = try await play(
        "hello",
        free: [
          "hudson.FilePath$CreateTextTempFile", "hudson.EnvVars$GetEnvVars", "hudson.Launcher$RemoteLaunchCallable",
        ])
      #expect(outcomes.map(\.name).contains("call join"))
    }
  }

  @Test func cleaningTheWorkspaceAfterwards() async throws {
    try await agent.serve(host) {
      let outcomes = try await play("pipe-clean")
      #expect(outcomes.count == 11)
    }
  }

  @Test func stashAndUnstash() async throws {
    try await agent.serve(host) {
      try await shell("mkdir s; printf hello > s/a.txt", in: workspace("pipe-stash"))
      try await expectSameArchives(try await play("pipe-stash"))
      #expect(try FileSystem.read(workspace("pipe-stash/o/s/a.txt"), limit: 100) == Array("hello".utf8))
    }
  }

  @Test func stashWithLinksExcludesAndNothing() async throws {
    try await agent.serve(host) {
      try await shell(
        """
        mkdir -p s/tmp s/empty; echo 1 > s/a.txt; echo 2 > s/b.log; echo 3 > s/tmp/c.txt; echo u > s/ünï.txt
        chmod 755 s/a.txt; ln -s a.txt s/link; ln -s nowhere s/dangling; ln -s tmp s/dirlink
        """, in: workspace("stash2"))
      let outcomes = try await play("stash2")
      #expect(outcomes.count == 11)
      try await expectSameArchives(outcomes)
    }
  }

  @Test(arguments: [
    ("pipe-arch", "mkdir d; echo 1 > d/a.txt; echo 2 > d/b.txt"),
    ("fs-arch", "mkdir d; echo 1 > d/a.txt; echo 2 > d/b.log; ln -s a.txt d/link; echo u > 'd/ü n.txt'"),
  ])
  func archivedArtifactsWithFingerprints(name: String, script: String) async throws {
    try await agent.serve(host) {
      try await shell(script, in: workspace(name))
      let outcomes = try await play(name)
      try await expectSameArchives(outcomes)
      let copy = try #require(outcomes.first { $0.name == "hudson.FilePath$CopyRecursiveRemoteToLocal" })
      #expect(copy.answer.others.last?.className == "hudson.remoting.ProxyOutputStream$EOF")
      #expect(copy.answer.others.last?["error"].isNull == true)
    }
  }

  @Test func reportsOfTests() async throws {
    try await agent.serve(host) {
      try await shell(
        """
        mkdir r; cat >r/TEST-a.xml <<'END'
        <testsuite name="s" tests="2" failures="1" time="0.1"><testcase classname="c" name="a" time="0.05"/><testcase classname="c" name="b" time="0.05"><failure message="m">trace</failure></testcase></testsuite>
        END
        """, in: workspace("pipe-junit"))
      _ = try await play("pipe-junit")
    }
  }

  /// Times differ, and what a directory's size is.
  private func timeless(_ text: String) -> String {
    text.replacing(/lastModified=long\([0-9]*\)/, with: "").replacing(
      /isFolder=boolean\(true\)(.*?)size=long\([0-9]*\)/, with: { "folder\($0.output.1)" })
  }

  @Test func browsingTheWorkspace() async throws {
    try await agent.serve(host) {
      try await shell(
        "mkdir d; echo 1 > d/a.txt; echo 2 > d/b.log; ln -s a.txt d/link; echo u > 'd/ü n.txt'",
        in: workspace("fs-arch"))
      let children = "hudson.model.DirectoryBrowserSupport$BuildChildPaths"
      let outcomes = try await play(
        "ui", free: [children, "hudson.FilePath$LastModified", "hudson.FilePath$Length", "hudson.FilePath$Archive"])
      #expect(outcomes.count == 43)
      for outcome in outcomes where outcome.name == children {
        #expect(timeless(outcome.given) == timeless(outcome.expected))
      }
      for outcome in outcomes where outcome.name == "hudson.FilePath$Read" {
        #expect(outcome.recorded.values.contains(written(outcome)))
      }
      let zip = try #require(outcomes.first { $0.name == "hudson.FilePath$Archive" })
      #expect(zip.answer.value?.integer == 3)
      let file = PathName.directory(of: agent.directory) + "/d.zip"
      try FileSystem.writeAtomically(written(zip), to: file)
      let names = try await TestProgram.run(
        "/usr/bin/unzip", ["-Z1", file], environment: ["LC_ALL": "C.UTF-8"]
      ).output
      #expect(names == "d/a.txt\nd/b.log\nd/ü n.txt\n")
    }
  }
}
