import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// What builds leave behind on disk goes, and nothing else does.
@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct CleanupTests {
  /// Runs a script in a sandbox with a scratch directory, and gives what is in it after the end.
  private func leftovers(_ script: String, in directory: TestDirectory) async throws -> [String] {
    let scratch = directory.path + "/scratch"
    let sandbox = try await Sandbox.start(SandboxPolicy(scratch: scratch))
    let result = try await sandbox.run(.shell(script))
    await sandbox.end()
    #expect(result.status == .exited(0))
    return try FileManager.default.contentsOfDirectory(atPath: scratch)
  }

  @Test func `directories that nobody may enter`() async throws {
    let script = "mkdir -p /tmp/a/b/c && touch /tmp/a/b/c/d && chmod 0 /tmp/a/b/c /tmp/a/b /tmp/a"
    #expect(try await leftovers(script, in: TestDirectory()) == [])
  }

  @Test func `a tree that is deeper than any path`() async throws {
    let script = """
      python3 - <<'E'
      import os
      os.chdir("/tmp")
      for _ in range(3000):
        os.mkdir("d" * 50)
        os.chdir("d" * 50)
      open("bottom", "w")
      E
      """
    #expect(try await leftovers(script, in: TestDirectory()) == [])
  }

  @Test func `thousands of files, odd names and special files`() async throws {
    let script = """
      cd /tmp && mkfifo pipe && touch -- '-rf' '*' && mkdir many && cd many && seq 3000 | xargs touch
      python3 - <<'E'
      import os, socket
      open(b"/tmp/\\xff\\xfe\\n", "w")
      os.makedirs(b"/tmp/\\xff/\\n/x")
      socket.socket(socket.AF_UNIX).bind("/tmp/socket")
      E
      """
    #expect(try await leftovers(script, in: TestDirectory()) == [])
  }

  @Test func `links to the outside are removed, not followed`() async throws {
    let directory = try TestDirectory()
    try directory.write("outside/precious", "here")
    let script = """
      cd /tmp && ln -s \(directory.path)/outside link && mkdir sub && ln -s \(directory.path)/outside sub/.. 2>/dev/null
      ln -s \(directory.path)/outside sub/link; ln -s / root; ln link hard 2>/dev/null; true
      """
    #expect(try await leftovers(script, in: directory) == [])
    #expect(directory.read("outside/precious") == "here")
  }

  @Test func `files of the build's other users`() async throws {
    let script =
      "touch /tmp/mine; chown 1:1 /tmp/mine 2>/dev/null; mkdir -m 700 /tmp/theirs; chown 33 /tmp/theirs 2>/dev/null; true"
    #expect(try await leftovers(script, in: TestDirectory()) == [])
  }

  @Test(.enabled(if: geteuid() == 0, "only root can set the attribute")) func `immutable files`() async throws {
    // No build can set it; a machine's administrator can.
    let directory = try TestDirectory()
    try directory.write("tree/sub/file", "")
    let set = try await ProcessRunner().run(
      .shell("chattr +i \(directory.path)/tree/sub/file \(directory.path)/tree/sub"))
    guard set.status == .exited(0) else { return print("not run: this file system has no immutable files") }
    try await Leftovers.remove(directory.path + "/tree")
    #expect(access(directory.path + "/tree", F_OK) == -1)
  }

  @Test func `what is not there is removed already`() async throws {
    try await Leftovers.remove(TestDirectory().path + "/nothing")
  }
}
