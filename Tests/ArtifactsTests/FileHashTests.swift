import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanArtifacts

@Suite(.takingTurns) struct FileHashTests {
  private let tree: TemporaryTree

  init() throws { tree = try TemporaryTree() }

  private func hash(_ patterns: String...) throws -> String? {
    let root = try tree.open()
    return try FileHash.sha256(of: patterns, beneath: root.number, visiblePath: "/src")
  }

  @Test func contentsCountAndNamesDoNot() async throws {
    try tree.write("a/package-lock.json", "one")
    try tree.write("b/package-lock.json", "two")
    try tree.write("other", "x")
    let first = try #require(try hash("**/package-lock.json"))
    // sha256sum of the two hexadecimal digests, one after the other
    let peer = try await shell(
      "cd '\(tree.path)' && cat a/*.json | sha256sum | cut -c-64 | tr -d '\\n' > d; "
        + "cat b/*.json | sha256sum | cut -c-64 | tr -d '\\n' >> d; sha256sum d | cut -c-64; rm d")
    #expect(peer.output == first + "\n")
    try tree.write("other", "y")
    #expect(try hash("**/package-lock.json") == first)
    #expect(try hash("/src/a/package-lock.json", "/src/b/*") == first)
    try tree.write("b/package-lock.json", "three")
    #expect(try hash("**/package-lock.json") != first)
  }

  @Test func noFileIsNoHash() throws {
    #expect(try hash("**/*.lock") == nil)
  }
}
