import Foundation
import JourneymanAgent
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Whole conversations of real controllers, from going online to the end of the build, played again with other paths,
/// cookies, numbers and contents.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct ConversationTests {
  private let agent: TestAgent
  private let host: TestHost
  /// Stands for contents and the name of the job.
  private let word = "w" + String(UInt32.random(in: 1 << 28 ... .max), radix: 36)

  init() async throws {
    agent = try await TestAgent()
    host = TestHost(agent.buildSettings)
  }

  /// - Parameter space: what the job's name holds where a command that is shown in the log would put it in quotes.
  private func conversation(
    _ name: String, job: String? = nil, space: String = " ", _ strings: [(String, String)] = []
  ) throws -> Conversation {
    let job = (recorded: job ?? name, live: "é\(space)\(word)-job")
    return try Conversation(
      name, agent.controller, directory: agent.directory,
      strings: [job] + strings.map { (recorded: $0.0, live: $0.1) })
  }

  private func expectNothingLeft() throws {
    #expect(host.log.allSatisfy { !$0.contains("cannot run") && !$0.contains("does not know") }, "\(host.log)")
    let builds = PathName.directory(of: agent.directory) + "/state/.jenkins/ci/builds"
    #expect(((try? FileManager.default.contentsOfDirectory(atPath: builds)) ?? []).isEmpty)
    #expect(host.activity.status.builds.isEmpty)
  }

  @Test func goingOnline() async throws {
    try await agent.serve(host) { try await conversation("connect").play() }
  }

  /// Disconnecting in the node's page: the agent comes back with its cookie and is asked everything again.
  @Test func disconnectingAndComingBack() async throws {
    try await agent.serve(host) {
      let first = try conversation("ui-disconnect")
      try await first.play()
      #expect(try await first.nextConnection()["connection-cookie"]?.hasPrefix("cookie-") == true)
      try await conversation("connect").play()
    }
  }

  @Test func anAbortedShellStep() async throws {
    try await agent.serve(host) {
      let conversation = try conversation(
        "abort", job: "sleepy", space: "-", [("echo start", "echo \(word)"), ("\nstart 120", "\n\(word) 120")])
      // It may be over when the question comes.
      conversation.comparisons["call isAlive"] = .own
      try await conversation.play()
    }
  }

  /// The first step leaves a process behind that keeps its output open and holds nobody up.
  @Test func twoShellStepsAndAProcessInTheBackground() async throws {
    try await agent.serve(host) {
      let conversation = try conversation(
        "fs-two", space: "-", [("echo one", "echo \(word)"), ("\none\n", "\n\(word)\n")])
      conversation.leavingOut = { Self.sorted($0.replacing(/bg [0-9]+/, with: "bg")) }
      try await conversation.play()
      try expectNothingLeft()
    }
  }

  /// A shell and what it starts in the background write into one pipe, word by word.
  private static func sorted(_ text: String) -> String {
    text.split(whereSeparator: { $0 == "\n" || $0 == " " }).sorted().joined(separator: "\n")
  }

  @Test func aPipelineStep() async throws {
    try await agent.serve(host) {
      try await conversation(
        "pipe-sh", [("echo hi", "echo \(word)"), ("\nhi\n", "\n\(word)\n"), ("sleep 2", "sleep 0.3")]
      ).play()
      try expectNothingLeft()
    }
  }

  @Test func outputAndStatusOfPipelineSteps() async throws {
    try await agent.serve(host) {
      let conversation = try conversation("pipe-out", [("echo out", "echo \(word)")])
      conversation.rewriter.contents = [(Array("out\n".utf8), Array("\(word)\n".utf8))]
      try await conversation.play()
      try expectNothingLeft()
    }
  }

  @Test func encodingsOfPipelineSteps() async throws {
    try await agent.serve(host) {
      try await conversation("sh-enc").play()
      try expectNothingLeft()
    }
  }

  @Test func filesOfAPipeline() async throws {
    try await agent.serve(host) {
      try await conversation("pipe-files", [("hello", "\(word) é\n")]).play()
      try expectNothingLeft()
    }
  }

  @Test func directoriesBytesAndMissingFiles() async throws {
    try await agent.serve(host) {
      let conversation = try conversation("files2", [("GREET=hi", "GREET=\(word)"), ("hi /opt", "\(word) /opt")])
      // Where `journeyman run` is for builds.
      conversation.leavingOut = { $0.replacing(":/run/journeyman/bin", with: "") }
      let bytes = (0..<200_000).map { _ in UInt8.random(in: .min ... .max) }
      conversation.rewriter.contents = [([0, 1, 2, 3, 255], bytes)]
      try await conversation.play()
      #expect(try FileSystem.read(agent.directory + "/workspace/é \(word)-job/bin.dat", limit: 1 << 20) == bytes)
      #expect(
        try FileSystem.read(agent.directory + "/workspace/é \(word)-job/lat.txt", limit: 10)
          == [0x63, 0x61, 0x66, 0xE9])
      try expectNothingLeft()
    }
  }

  @Test func credentialsOfAPipeline() async throws {
    try await agent.serve(host) {
      let conversation = try conversation("cred-bind", [("tok-Zx9Q7w2", "t-\(word)"), ("pw-Kd82mmQ1", "p-\(word)")])
      let secret = "s-\(word)\n"
      conversation.rewriter.contents = [(Array("secret-file-body-77\n".utf8), Array(secret.utf8))]
      conversation.leavingOut = { $0.replacing(#/-r--------[^/]*:[0-9]{2} /#, with: "") }
      let files = agent.directory + "/workspace/é \(word)-job@tmp/secretFiles"
      var modes: [mode_t] = []
      conversation.before = { _, name in
        guard name == "hudson.remoting.ProxyOutputStream$Chunk" || name.hasSuffix("$GetAgentInfo") else { return }
        let directory = try #require(try FileManager.default.contentsOfDirectory(atPath: files).first)
        var status = stat()
        #expect(lstat("\(files)/\(directory)/kube.conf", &status) == 0)
        #expect(status.st_size == (modes.isEmpty ? 0 : secret.utf8.count))
        modes.append(status.st_mode & 0o777)
        #expect(lstat("\(files)/\(directory)", &status) == 0 && status.st_mode & 0o777 == 0o700)
      }
      try await conversation.play()
      #expect(modes == [0o600, 0o400])
      #expect(try FileManager.default.contentsOfDirectory(atPath: files).isEmpty)
      #expect(!host.log.contains { $0.contains(word) })
      try expectNothingLeft()
    }
  }

  /// Two branches on one node, each with its cookie; the one that takes too long is killed alone.
  @Test func parallelBranchesAndATimeout() async throws {
    try await agent.serve(host) {
      let conversation = try conversation(
        "decl-par", [("echo b", "echo \(word)"), ("\nb\n", "\n\(word)\n"), ("sleep 2", "sleep 0.3")])
      // The shell says so if it outlives its child by a moment.
      conversation.leavingOut = { $0.replacing("Terminated\n", with: "") }
      try await conversation.play()
      try expectNothingLeft()
    }
  }

  @Test func aCloneWithAPasswordAndAStepInIt() async throws {
    let git = try await GitPeer(PathName.directory(of: agent.directory) + "/git")
    try await agent.serve(host) {
      let conversation = try conversation(
        "git-cred",
        [
          ("127.0.0.1:8095", "127.0.0.1:\(git.port)"), ("Jenkinsfile\napp.txt\nvendor\n", "app.txt\nvendor\nü n.txt\n"),
        ])
      conversation.rewriter.ports[8095] = Int32(git.port)
      for name in ["Git$GitAPIMasterToSlaveFileCallable", "RemoteGitImpl"] {
        conversation.comparisons["org.jenkinsci.plugins.gitclient." + name] = .own
      }
      conversation.comparisons["call withRepository"] = .own
      try await conversation.play()
      #expect(!host.log.contains { $0.contains(GitPeer.password) })
      try expectNothingLeft()
    }
  }
}
