import Foundation
import JourneymanCheckout
import TestSupport
import Testing

/// Which commit a reference means.
@Suite(.takingTurns) struct ReferenceTests {
  @Test func everyKindOfReferenceIsFound() async throws {
    let bench = try await Workbench()
    let first = try await bench.source.head
    try await bench.source("tag", "light")
    try await bench.source("tag", "-a", "-m", "a tag", "v1")
    try await bench.source("checkout", "-q", "-b", "feature/x")
    try bench.source.write("x\n", to: "x.txt")
    let second = try await bench.source.commit("on a branch")
    try await bench.source("checkout", "-q", "--detach", first)
    try bench.source.write("pull\n", to: "p.txt")
    let pull = try await bench.source.commit("a pull request")
    try await bench.source("update-ref", "refs/pull/7/head", pull)
    try await bench.source("checkout", "-q", "main")

    let expected: [(String?, String, String?)] = [
      (nil, first, "refs/heads/main"), ("HEAD", first, "refs/heads/main"), ("main", first, "refs/heads/main"),
      ("feature/x", second, "refs/heads/feature/x"), ("refs/heads/feature/x", second, "refs/heads/feature/x"),
      ("light", first, "refs/tags/light"), ("v1", first, "refs/tags/v1"), ("refs/tags/v1", first, "refs/tags/v1"),
      (second, second, nil), (String(second.prefix(9)), second, nil), ("pull/7/head", pull, "refs/pull/7/head"),
      ("refs/pull/7/head", pull, "refs/pull/7/head"), (pull, pull, nil),
    ]
    for (reference, commit, name) in expected {
      let revision = try await bench.checkOut(reference)
      #expect(revision.commit?.id == commit, "\(reference ?? "nothing")")
      #expect(revision.reference == name, "\(reference ?? "nothing")")
      #expect(try await Git(directory: bench.scratch("workspace")).head == commit)
    }
  }

  @Test func aCommitIsNotShadowedByABranchOfItsName() async throws {
    let bench = try await Workbench()
    let first = try await bench.source.head
    try bench.source.write("other\n", to: "file.txt")
    let second = try await bench.source.commit("other")
    try await bench.source("update-ref", "refs/heads/\(first)", second)
    #expect(try await bench.checkOut(first).commit?.id == first)
    // Nor does such a branch stand in for a commit that does not exist.
    let missing = String(repeating: "ab", count: 20)
    try await bench.source("update-ref", "refs/heads/\(missing)", second)
    #expect(await checkoutError { try await bench.checkOut(missing) }?.code == .referenceNotFound)
  }

  @Test func anUnknownReferenceListsNearMatches() async throws {
    let bench = try await Workbench()
    try await bench.source("branch", "release-2.4")
    let error = await checkoutError { try await bench.checkOut("relaese-2.4") }
    #expect(error?.code == .referenceNotFound)
    #expect(error?.message.contains("did you mean release-2.4?") == true)
    let contained = await checkoutError { try await bench.checkOut("release") }
    #expect(contained?.message.contains("release-2.4") == true)
    let other = await checkoutError { try await bench.checkOut("nothing-like-it") }
    #expect(other?.message.contains("it has main, release-2.4") == true)
  }

  @Test func anAmbiguousAbbreviationIsRefused() async throws {
    let bench = try await Workbench()
    // With so many commits several begin with the same four digits.
    let script = """
      for n in $(seq 1000); do printf 'commit refs/heads/many\ncommitter A <a@example.org> %d +0000\ndata 0\n' $n; done |
        git fast-import --quiet && git log --format=%H many | cut -c1-4 | sort | uniq -d | head -1
      """
    let found = try await TestProgram.run(
      "/bin/sh", ["-c", script], environment: Git.environment, directory: bench.source.directory)
    let digits = found.output.trimmingCharacters(in: .whitespacesAndNewlines)
    try #require(digits.count == 4, "\(found.errors)")
    let error = await checkoutError { try await bench.checkOut(digits) }
    #expect(error?.code == .referenceNotFound && error?.message.contains("ambiguous") == true)
  }

  @Test func abandonedCommitsAreFetchedByIdWhereTheServerAllows() async throws {
    let bench = try await Workbench()
    try bench.source.write("gone\n", to: "gone.txt")
    let gone = try await bench.source.commit("will be abandoned")
    try await bench.source("tag", "keep")
    try await bench.source("reset", "-q", "--hard", "HEAD~")
    let server = try await Server.web(bench.scratch.path)
    #expect(try await bench.checkOut(gone, from: server.url("source")).commit?.id == gone)
    let missing = await checkoutError {
      try await bench.checkOut(String(repeating: "12", count: 20), into: "other", from: server.url("source"))
    }
    #expect(missing?.code == .referenceNotFound)
  }

  @Test func metadataReachesTheBuild() async throws {
    let bench = try await Workbench()
    let head = try await bench.source.commit("A subject\n\nAnd a body, with ünïcödé.")
    let revision = try await bench.checkOut()
    #expect(
      revision.environment == [
        "CODEBUILD_SOURCE_REPO_URL": bench.source.directory, "CODEBUILD_SOURCE_VERSION": "refs/heads/main",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": head, "JOURNEYMAN_SOURCE_BRANCH": "main",
        "JOURNEYMAN_SOURCE_AUTHOR": "Ada <ada@example.org>",
        "JOURNEYMAN_SOURCE_MESSAGE": "A subject\n\nAnd a body, with ünïcödé.\n",
      ])
    #expect(revision.commit?.authoredAt == 1_700_000_000)
    #expect(revision.branch == "main")
  }
}
