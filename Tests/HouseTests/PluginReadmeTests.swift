import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// The README's way from nothing to a plugin, as it stands there, by a user who has nothing.
@Suite(.takingTurns) struct PluginReadmeTests {
  /// The shell blocks of a section, one script.
  private func blocks(of heading: String) throws -> String {
    let readme = try Repository.text("README.md")
    let start = try #require(readme.range(of: "\n### \(heading)\n"))
    let section = readme[start.upperBound...]
    let end = section.range(of: "\n## ")?.lowerBound ?? section.endIndex
    var lines: [Substring] = []
    var isShell = false
    for line in section[..<end].split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") { isShell = line == "```sh" } else if isShell { lines.append(line) }
    }
    try #require(lines.count > 15, "the search for blocks is broken")
    return (["set -eu"] + lines).joined(separator: "\n") + "\n"
  }

  @Test func everyBlockWorksForAFreshUser() async throws {
    let scratch = NSTemporaryDirectory() + "journeyman-readme-\(UUID().uuidString)"
    try FileSystem.makeDirectories(scratch)
    defer { try? FileSystem.removeTree(scratch) }
    var variables = StandardPaths.processEnvironment
    variables["JOURNEYMAN_BINARIES"] = try TestProgram.products
    let installed = try await TestProgram.run(
      Repository.root + "/.ci/install", [scratch + "/prefix"], environment: variables)
    try #require(installed.status == 0, "\(installed.errors)")

    let home = scratch + "/home"
    try FileSystem.makeDirectories(home)
    let script = scratch + "/blocks.sh"
    try FileSystem.writeAtomically(Array(try blocks(of: "Your own plugin in five minutes").utf8), to: script)
    var command = ["/bin/sh", script]
    if geteuid() == 0 {
      chmod(scratch, 0o755)
      let owned = try await TestProgram.run("/usr/bin/chown", ["journeyman-test:", home])
      try #require(owned.status == 0, "\(owned.errors)")
      command = ["/usr/bin/setpriv", "--reuid=journeyman-test", "--regid=journeyman-test", "--clear-groups"] + command
    }
    let outcome = try await TestProgram.run(
      command[0], Array(command.dropFirst()),
      environment: [
        "HOME": home, "USER": "journeyman-test", "PATH": scratch + "/prefix/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
        "LD_LIBRARY_PATH": variables["LD_LIBRARY_PATH"] ?? "",
      ], directory: home, timeout: .seconds(300))
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("notify follows every rule"))
    #expect(outcome.output.contains("buildspec.yml: valid"))
    #expect(outcome.output.contains("Hello, everybody!"))
    #expect(outcome.output.contains("greeted 3 times"))
    #expect(outcome.output.contains("Build succeeded"))
  }
}
