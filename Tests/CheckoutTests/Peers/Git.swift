import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// The git command line, deaf to the machine's configuration.
struct Git {
  let directory: String

  static let environment = [
    "PATH": StandardPaths.processEnvironment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LANG": "C.UTF-8",
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_AUTHOR_DATE": "1700000000 +0100",
    "GIT_COMMITTER_DATE": "1700000000 +0100", "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always", "GIT_CONFIG_KEY_1": "init.defaultBranch", "GIT_CONFIG_VALUE_1": "main",
  ]

  /// Makes a repository with a work tree.
  static func create(_ directory: String, bare: Bool = false) async throws -> Git {
    let git = Git(directory: directory)
    try FileSystem.makeDirectories(directory)
    try await git(bare ? ["init", "-q", "--bare"] : ["init", "-q"])
    return git
  }

  /// Runs git and expects success.
  ///
  /// - Returns: standard output without the white space around it.
  @discardableResult
  func callAsFunction(_ arguments: [String], in other: String? = nil) async throws -> String {
    let program = try #require(TestProgram.find("git"))
    let outcome = try await TestProgram.run(
      program, arguments, environment: Self.environment, directory: other ?? directory)
    try #require(outcome.status == 0, "git \(arguments): \(outcome.errors)")
    return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @discardableResult
  func callAsFunction(_ arguments: String...) async throws -> String { try await self(arguments) }

  func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
    try write(Array(text.utf8), to: name, mode: mode)
  }

  func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o644) throws {
    let path = directory + "/" + name
    try FileSystem.makeDirectories(PathName.directory(of: path))
    unlink(path)
    let file = try FileSystem.open(path, flags: O_WRONLY | O_CREAT, mode: mode)
    try FileSystem.writeAll(bytes, to: file.number, name: path)
    chmod(path, mode)
  }

  /// Commits everything.
  ///
  /// - Returns: the commit's id.
  @discardableResult
  func commit(_ message: String = "A change") async throws -> String {
    try await self("add", "-A")
    try await self("commit", "-q", "--allow-empty", "-m", message)
    return try await head
  }

  var head: String {
    get async throws { try await self("rev-parse", "HEAD") }
  }
}
