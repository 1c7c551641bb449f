import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport

/// Repositories behind a web server that wants a login, as recorded conversations had them.
final class GitPeer: Sendable {
  /// The directory of the repositories.
  let directory: String
  let port: Int
  private let input: Int32

  static let user = "ci-user"
  static let password = "S3cr3t-git-pw"

  private static let environment: [String: String] = {
    var variables = StandardPaths.processEnvironment
    for role in ["AUTHOR", "COMMITTER"] {
      variables["GIT_\(role)_NAME"] = "Dev"
      variables["GIT_\(role)_EMAIL"] = "dev@example.org"
    }
    variables["GIT_CONFIG_GLOBAL"] = "/dev/null"
    variables["GIT_CONFIG_NOSYSTEM"] = "1"
    return variables
  }()

  /// - Parameters:
  ///   - directory: where the repositories are made.
  ///   - arguments: see `Tests/Fixtures/git-http-server.py`.
  ///   - makesRepositories: whether they are not there yet.
  init(_ directory: String, arguments: [String] = [], makesRepositories: Bool = true) async throws {
    self.directory = directory
    try FileSystem.makeDirectories(directory)
    if makesRepositories { try await Self.makeRepositories(directory) }
    let script = StoreServer.fixtures + "/git-http-server.py"
    var inward = try JourneymanSupport.Pipe()
    var outward = try JourneymanSupport.Pipe()
    let source = inward.readEnd.take()?.release() ?? -1
    let sink = outward.writeEnd.take()?.release() ?? -1
    let output = outward.readEnd.take()?.release() ?? -1
    input = inward.writeEnd.take()?.release() ?? -1
    let command = Command(
      executable: TestProgram.find("python3") ?? "/usr/bin/python3",
      arguments: [script, directory, "--user", Self.user, "--password", Self.password] + arguments,
      environment: Self.environment, standardInput: source, standardOutput: sink, standardError: STDERR_FILENO)
    Task {
      let runner = ProcessRunner()
      _ = try? await runner.run(command)
      close(source)
      close(sink)
      await runner.end()
    }
    port = try await runBlocking {
      defer { close(output) }
      var line: [UInt8] = []
      var byte: UInt8 = 0
      while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
      guard let port = Int(String(decoding: line, as: UTF8.self)) else { throw SystemError("start git", number: EPIPE) }
      return port
    }
  }

  private static func makeRepositories(_ directory: String) async throws {
    _ = try await shell(
      """
      git init -q -b main lib; cd lib; echo lib > l.txt; git add .; git commit -qm lib; cd ..
      git clone -q --bare lib lib.git
      git init -q -b main app; cd app; echo one > app.txt; echo two > 'ü n.txt'; git add .; git commit -qm 'app: first'
      git tag v1
      printf '[submodule "vendor/lib"]\\n path = vendor/lib\\n url = ../lib.git\\n' > .gitmodules
      git update-index --add --cacheinfo 160000,$(git -C ../lib rev-parse HEAD),vendor/lib
      mkdir -p vendor/lib; git add .gitmodules; git commit -qm 'app: with a submodule'
      git clone -q --bare . ../app.git
      git checkout -q -b pr; echo pr > pr.txt; git add pr.txt; git commit -qm 'a request'
      git push -q ../app.git HEAD:refs/pull/7/head; git checkout -q main
      """, in: directory)
  }

  /// The server ends with its standard input.
  deinit { close(input) }

  /// Runs a script.
  ///
  /// - Returns: what it printed.
  static func shell(_ script: String, in directory: String) async throws -> String {
    let outcome = try await TestProgram.run(
      "/bin/sh", ["-ec", script], environment: environment, directory: directory)
    if outcome.status != 0 { throw JenkinsTestFailure(outcome.errors + outcome.output) }
    return outcome.output
  }

  /// Runs git in a directory whoever it belongs to.
  static func git(_ arguments: String, in directory: String) async throws -> String {
    try await shell("git -c safe.directory='*' \(arguments)", in: directory)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

struct JenkinsTestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
