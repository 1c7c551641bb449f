import Foundation
import JourneymanJavaStream
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// The git plugin's calls as real controllers made them, against a real git server, compared with git itself.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GitTests {
  private let agent: TestAgent
  private let git: GitPeer
  private let host: TestHost

  init() async throws {
    agent = try await TestAgent()
    let base = PathName.directory(of: agent.directory)
    git = try await GitPeer(base + "/git")
    var settings = Settings()
    settings.agent.workdir = base + "/state"
    host = TestHost(settings)
  }

  private func workspace(_ name: String) throws -> String {
    let path = agent.directory + "/workspace/" + name
    try FileSystem.makeDirectories(path)
    return path
  }

  private func replay(_ strings: [(recorded: String, live: String)] = []) -> Replay {
    let replay = Replay(
      agent.controller, directory: agent.directory,
      strings: strings + [(recorded: "127.0.0.1:8095", live: "127.0.0.1:\(git.port)")])
    replay.rewriter.ports[8095] = Int32(git.port)
    return replay
  }

  /// Those whose answers hold what differs from repository to repository.
  private static let free: Set<String> = ["call withRepository"]

  /// - Parameter before: is called before each entry, with its number.
  private func play(
    _ name: String, _ replay: Replay, before: (Int) async throws -> Void = { _ in }
  ) async throws -> [Replay.Outcome] {
    var outcomes: [Replay.Outcome] = []
    for (number, entry) in try Recording(name).entries.enumerated() {
      try await before(number)
      let outcome = try await replay.play(entry)
      let isOwn = entry.class.contains("GitAPIMasterToSlave") || Self.free.contains(entry.class)
      if !isOwn { #expect(outcome.given == outcome.expected, "\(name) \(number): \(entry.class)") }
      #expect(
        isOwn ? outcome.answer.failure == nil : true,
        "\(name) \(number): \(entry.class): \(outcome.answer.failure?.message ?? "")")
      outcomes.append(outcome)
    }
    return outcomes
  }

  /// The text of the build's log.
  private func log(_ outcomes: [Replay.Outcome]) -> String {
    let bytes = outcomes.flatMap(\.answer.others).filter {
      $0.className == "hudson.remoting.ProxyOutputStream$Chunk"
    }.flatMap { $0["buf"].bytes ?? [] }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func expectClean(_ path: String, at revision: String) async throws {
    // First of all: git writes the index anew.
    if let owner = Sandbox.strictFileOwner {
      let strangers = try await GitPeer.shell("find . -mindepth 1 ! -uid \(owner) | head -3", in: path)
      #expect(strangers == "")
    }
    #expect(try await GitPeer.git("rev-parse HEAD", in: path) == revision)
    #expect(try await GitPeer.git("diff HEAD --name-only --ignore-submodules", in: path) == "")
    #expect(try await GitPeer.git("fsck --no-dangling", in: path) == "")
  }

  @Test func aCloneThenAFetchWithTheChangesBetween() async throws {
    let path = try workspace("git-cred")
    try await agent.serve(host) {
      let replay = replay()
      let first = try await GitPeer.git("rev-parse main", in: git.directory + "/app.git")
      let outcomes = try await play("git-changelog", replay) { number in
        guard number == 9 else { return }
        try await expectClean(path, at: first)
        #expect(try await GitPeer.git("symbolic-ref HEAD", in: path) == "refs/heads/main")
        #expect(try await GitPeer.git("tag", in: path) == "v1")
        try FileSystem.writeAtomically([1], to: path + "/untracked")
        _ = try await GitPeer.shell(
          """
          echo more >> app.txt; git mv 'ü n.txt' moved.txt; git add .
          git commit -qm 'app: another change\n\nLonger body line, café.'; git push -q ../app.git main
          """, in: git.directory + "/app")
      }
      #expect(outcomes.count == 21)
      let second = try await GitPeer.git("rev-parse main", in: git.directory + "/app.git")
      #expect(second != first)
      try FileSystem.removeTree(path + "/untracked")
      try await expectClean(path, at: second)
      let others = outcomes.last?.answer.others ?? []
      let text = others.filter { $0.className == "hudson.remoting.ProxyWriter$Chunk" }.flatMap { chunk in
        (chunk["buf"].array?.elements ?? []).compactMap { if case .character(let unit) = $0 { unit } else { nil } }
      }
      let format =
        "commit %H%ntree %T%nparent %P%nauthor %aN <%aE> %ai%ncommitter %cN <%cE> %ci%n%n%w(0,4,4)%B"
      let expected = try await GitPeer.shell(
        "git log --no-merges --raw --no-abbrev -M --format='\(format)' \(first)..\(second)",
        in: git.directory + "/app.git")
      #expect(
        String(decoding: text, as: UTF16.self).trimmingCharacters(in: .newlines)
          == expected.trimmingCharacters(in: .newlines))
      #expect(others.last?.className == "hudson.remoting.ProxyWriter$EOF")
      let printed = log(outcomes)
      #expect(printed.contains(" > git fetch --tags --force --progress -- http://127.0.0.1:\(git.port)/app.git"))
      #expect(!printed.contains(GitPeer.password))
      // Nothing is left of the credentials.
      let scratch = PathName.directory(of: agent.directory) + "/state/.jenkins/ci/git"
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty)
    }
  }

  @Test func aCommitOfARequestAndOneByItsNumber() async throws {
    try await agent.serve(host) {
      let request = try await GitPeer.git("rev-parse refs/pull/7/head", in: git.directory + "/app.git")
      let path = try workspace("git-pr")
      _ = try await play("git-pr", replay())
      try await expectClean(path, at: request)

      let commit = try await GitPeer.git("rev-parse v1", in: git.directory + "/app.git")
      let other = try workspace("git-commit")
      _ = try await play("git-commit", replay([("1c90ba52887658455bbc8929b4774423260bcf0f", commit)]))
      try await expectClean(other, at: commit)
    }
  }

  @Test func submodulesWithTheParentsLogin() async throws {
    let path = try workspace("git-sub")
    try await agent.serve(host) {
      _ = try await play("git-sub", replay())
      #expect(try FileSystem.read(path + "/vendor/lib/l.txt", limit: 100) == Array("lib\n".utf8))
      let expected = try await GitPeer.git("rev-parse main", in: git.directory + "/lib.git")
      #expect(try await GitPeer.git("rev-parse HEAD", in: path + "/vendor/lib") == expected)
    }
  }

  @Test func aWrongPasswordIsAGitException() async throws {
    _ = try workspace("git-bad")
    try await agent.serve(host) {
      let outcomes = try await play("git-bad", replay())
      let failed = try #require(outcomes.last)
      #expect(failed.answer.raw?.className == "hudson.plugins.git.GitException")
      #expect(failed.answer.raw?.message.contains("returned status code 128") == true)
      #expect(!log(outcomes).contains("wrong-pw") && failed.answer.raw?.message.contains("wrong-pw") == false)
    }
  }

  /// What a build wrote into the repository leads git nowhere else.
  @Test func aBuildsConfigurationAndLinksAreNotFollowed() async throws {
    let path = try workspace("git-cred")
    let prize = agent.directory + "/workspace/other"
    try FileSystem.makeDirectories(prize)
    try FileSystem.writeAtomically(Array("mine".utf8), to: prize + "/app.txt")
    try await agent.serve(host) {
      let replay = replay()
      _ = try await play("git-changelog", replay) { number in
        guard number == 9 else { return }
        _ = try await GitPeer.shell(
          """
          git config -f .git/config core.worktree '\(prize)'
          git config -f .git/config core.hooksPath '\(path)'
          git config -f .git/config url.http://127.0.0.1:1/.insteadOf http://127.0.0.1
          printf '#!/bin/sh\\ntouch hooked\\n' > post-checkout; chmod 755 post-checkout
          """, in: path)
        _ = try await GitPeer.shell(
          "echo more > app.txt; git add .; git commit -qm more; git push -q ../app.git main", in: git.directory + "/app"
        )
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: prize) == ["app.txt"])
      #expect(try FileSystem.read(prize + "/app.txt", limit: 10) == Array("mine".utf8))
      #expect(try FileSystem.read(path + "/app.txt", limit: 10) == Array("more\n".utf8))
      #expect(access(path + "/hooked", F_OK) != 0)
    }
  }
}
