import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport

@testable import JourneymanJenkins

/// An agent with an empty workspace, and a place for repositories.
struct GitBench {
  let agent: TestAgent
  let host: TestHost
  /// Everything of the test is beneath it.
  let base: String
  let workspace: String
  let repositories: String

  init(workspace name: String = "job", _ change: (inout Settings) -> Void = { _ in }) async throws {
    agent = try await TestAgent()
    base = PathName.directory(of: agent.directory)
    repositories = base + "/git"
    workspace = agent.directory + "/workspace/" + name
    try FileSystem.makeDirectories(workspace)
    var settings = Settings()
    settings.agent.workdir = base + "/state"
    settings.agent.graceSeconds = 2
    change(&settings)
    host = TestHost(settings)
  }

  /// Where the agent keeps what single jobs need.
  var scratch: String { base + "/state/.jenkins/ci/git" }

  /// Directories of jobs that are there now.
  var jobs: [String] { (try? FileManager.default.contentsOfDirectory(atPath: scratch)) ?? [] }

  func text(_ name: String) throws -> String {
    String(decoding: try FileSystem.read(workspace + "/" + name, limit: 1 << 20), as: UTF8.self)
  }

  func id(_ name: String, in directory: String) async throws -> String {
    try await GitPeer.git("rev-parse '\(name)^{commit}'", in: directory)
  }

  /// Tells the agent that nobody waits for an answer any more.
  func cancel(_ request: Int32) throws {
    try agent.controller.send(
      .object(JavaLayout("hudson.remoting.Request$Cancel", 1, [JavaField("id", "I")]), ["id": .int(request)]))
  }

  /// The workers of this agent's git calls.
  func workers() throws -> [Int32] {
    try processes { $0.contains("TMPDIR=\(scratch)/") }
  }

  /// The processes whose environment or command line has something.
  func processes(_ isWanted: (String) -> Bool) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { name in
      guard let number = Int32(name), number != getpid() else { return nil }
      let parts = ["environ", "cmdline"].compactMap { try? FileSystem.read("/proc/\(name)/\($0)", limit: 1 << 20) }
      return isWanted(String(decoding: parts.joined(), as: UTF8.self)) ? number : nil
    }
  }

  /// Waits for something that happens soon, or never.
  func wait(_ condition: () throws -> Bool) async throws -> Bool {
    for _ in 0..<1500 {
      if try condition() { return true }
      try await Task.sleep(for: .milliseconds(20))
    }
    return false
  }

  /// Whether a text is in any file beneath the test's directory, repositories and the given files aside.
  func holds(_ text: String) async throws -> Bool {
    let found = try await GitPeer.shell(
      "grep -rlF -- '\(text)' state node 2>/dev/null | head -3; true", in: base)
    return !found.isEmpty
  }
}
