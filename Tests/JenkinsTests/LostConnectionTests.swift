import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// The connection breaks while the agent is in the middle of something: it comes back, nothing is left of what was
/// going on, and it works again.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct LostConnectionTests {
  private let running: RunningAgent
  private let archives: ArchiveCalls
  private let workspace: String
  private let mark = "1\(Int.random(in: 100_000...999_999))"
  private var controller: ScriptedController { running.controller }

  init() async throws {
    running = try await RunningAgent()
    workspace = running.agent.directory + "/workspace/job"
    archives = ArchiveCalls(controller: running.controller, workspace: workspace)
  }

  private func build(_ tag: String) -> Launching {
    Launching(controller: controller, workspace: workspace, variables: ["BUILD_TAG": "jenkins-\(tag)-\(mark)"])
  }

  /// Gets the agent into a state, cuts the connection, and looks at what is left.
  private func cut(_ state: String, reachedBy begin: () async throws -> Void) async throws {
    let before = try running.descriptors.count
    try await begin()
    try controller.order(#"{"cut":true}"#)
    let header = try await controller.agent()
    #expect(header["connection-cookie"]?.hasPrefix("cookie-") == true)
    #expect(try await controller.value("hudson.slaves.SlaveComputer$DetectOS")?.boolean == true, "\(state)")
    let isClean = try await RunningAgent.wait {
      try running.children.isEmpty && !RunningAgent.runs(mark) && running.descriptors.count <= before
    }
    let left = isClean ? [] : try running.children + running.descriptors
    #expect(isClean, "\(state): \(before), then \(left)")
    // The only executor is free.
    let next = build("next")
    #expect(try await next.run("echo again").output.hasSuffix("again\n"), "\(state)")
    try await next.kill(next.variables)
    #expect(try running.log.contains("executor") == false, "\(state)")
  }

  @Test func whileGoingOnline() async throws {
    for round in 0..<3 {
      try await cut("\(round) questions") {
        for _ in 0..<round { _ = try controller.ask("hudson.slaves.SlaveComputer$SlaveVersion") }
      }
    }
    await running.stop()
  }

  @Test func whileAStepRuns() async throws {
    try await cut("a running step") {
      let (process, _) = try await build("a").launch(
        ["/bin/sh", "-c", "(sleep \(mark)) & trap '' TERM; while :; do sleep \(mark); done"], log: 5, quiet: true)
      while try !RunningAgent.runs("sleep\0\(mark)") { try await Task.sleep(for: .milliseconds(20)) }
      _ = try build("a").call(process, "join")
    }
    try await cut("a step that has ended, with a process left in the background") {
      let result = try await build("b").run("sleep \(mark) & echo out")
      #expect(result.output.hasSuffix("out\n"))
    }
    try await cut("a launch that has no answer") { _ = try build("c").ask(["sleep", mark], log: 6) }
    try await cut("a launch that waits for an executor") {
      #expect(try await build("d").run("echo first").output.hasSuffix("first\n"))
      _ = try build("e").ask(["sleep", mark], log: 7)
      _ = try await controller.value("hudson.remoting.PingThread$Ping")
    }
    await running.stop()
  }

  /// What a pipeline's `sh` left goes on, and so its executor stays taken.
  @Test func whileAPipelineStepRuns() async throws {
    let pipeline = Launching(
      controller: controller, workspace: workspace,
      variables: ["JENKINS_NODE_COOKIE": mark, "JENKINS_SERVER_COOKIE": "please-do-not-kill-me"])
    try await pipeline.startDurable("while [ ! -f go ]; do sleep 0.1; done; echo went", cookie: "durable-\(mark)")
    let before = try running.descriptors.count
    for _ in 0..<3 {
      try controller.order(#"{"cut":true}"#)
      _ = try await controller.agent()
      #expect(try await pipeline.durableStatus() == nil)
    }
    #expect(try await pipeline.run("touch go").status == 0)
    #expect(try await pipeline.durableEnd() == 0)
    #expect(try await pipeline.durableLog().hasSuffix("\nwent\n"))
    #expect(try await RunningAgent.wait { try running.descriptors.count <= before })
    try await pipeline.kill(["JENKINS_NODE_COOKIE": mark])
    #expect(try await RunningAgent.wait { try running.children.isEmpty })
    await running.stop()
  }

  /// The next agent ends what has no build any more, and can stop what goes on.
  @Test func whenTheAgentIsKilled() async throws {
    let pipeline = Launching(
      controller: controller, workspace: workspace + "2",
      variables: ["JENKINS_NODE_COOKIE": mark, "JENKINS_SERVER_COOKIE": "please-do-not-kill-me"])
    try await pipeline.startDurable("sleep 2\(mark)", cookie: "durable-\(mark)")
    await running.kill()
    let next = try await RunningAgent(executors: 2, after: running)
    #expect(try RunningAgent.runs("sleep\02\(mark)"))
    #expect(try await build("a").run("sleep 3\(mark) & echo out").status == 0)
    await next.kill()
    #expect(try RunningAgent.runs("sleep\03\(mark)"))
    let last = try await RunningAgent(executors: 2, after: running)
    #expect(try !RunningAgent.runs("sleep\03\(mark)"))
    #expect(try await pipeline.durableStatus() == nil)
    try await pipeline.kill(["JENKINS_SERVER_COOKIE": "durable-\(mark)"])
    #expect(try await pipeline.durableEnd() == 143)
    try await pipeline.kill(["JENKINS_NODE_COOKIE": mark])
    #expect(try !RunningAgent.runs(mark))
    await last.stop()
  }

  @Test func whileAnArchiveIsSent() async throws {
    try FileSystem.makeDirectories(workspace)
    let made = try await TestProgram.run(
      "/bin/sh", ["-c", "head -c 50000000 /dev/urandom > big"], directory: workspace)
    #expect(made.status == 0)
    try await cut("an archive") {
      try controller.order(#"{"hold":true}"#)
      _ = try archives.askToStash("**", to: 5)
      #expect(try await RunningAgent.wait { try !running.children.isEmpty })
      try await running.waitUntilStuck()
      try controller.order(#"{"hold":false}"#)
    }
    await running.stop()
  }

  @Test func whileAnArchiveIsUnpacked() async throws {
    let made = try await TestProgram.run(
      "/bin/sh",
      ["-c", "mkdir s; echo small > s/a; head -c 3000000 /dev/urandom > s/b; tar czf a.tar.gz -C s a b"],
      directory: PathName.directory(of: running.agent.directory))
    #expect(made.status == 0)
    let archive = try FileSystem.read(
      PathName.directory(of: running.agent.directory) + "/a.tar.gz", limit: 4_000_000)
    try await cut("an archive that is asked for") {
      _ = try await archives.beginUnstash(into: workspace)
    }
    try await cut("an archive that has come in part") {
      let question = try await archives.beginUnstash(into: workspace)
      try controller.give(question, Array(archive.prefix(200_000)))
      _ = try await archives.nextQuestion()
      #expect(try await RunningAgent.wait { access(workspace + "/b", F_OK) == 0 })
    }
    // What came whole is there, and nothing that did not.
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace) == ["a"])
    await running.stop()
  }

  @Test func whileAFileIsWritten() async throws {
    try await cut("a credential's file") {
      let answer = try await controller.answer(
        to: try controller.ask(
          about: workspace + "@tmp/secretFiles/1/key", .object(JavaLayout("hudson.FilePath$WritePipe", 1))))
      let stream = try #require(answer.value.flatMap { StreamReferences.output($0) })
      try controller.write(Array("first half".utf8), to: stream)
      #expect(
        try await RunningAgent.wait {
          try FileSystem.read(workspace + "@tmp/secretFiles/1/key", limit: 100).count == 10
        })
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace + "@tmp/secretFiles/1").isEmpty)
    await running.stop()
  }

  @Test func whileARepositoryIsCloned() async throws {
    let base = PathName.directory(of: running.agent.directory)
    let git = try await GitPeer(base + "/git", arguments: ["--stall", "10"])
    let url = "http://127.0.0.1:\(git.port)/app.git"
    try FileSystem.makeDirectories(workspace)
    let scratch = base + "/state/.jenkins/ci/git"
    func secrets() throws -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: scratch)) ?? [] }
    try await cut("a clone") {
      let calls = try await GitCalls(controller, workspace)
      try await calls.addPassword(url, GitPeer.user, GitPeer.password)
      _ = try calls.ask("CloneCommand", [("url", [.string(url)])])
      #expect(try await RunningAgent.wait { try !secrets().isEmpty })
    }
    #expect(try secrets().isEmpty)
    await running.stop()
  }

  /// The controller says goodbye and reads no more, with an archive half sent.
  @Test func whileNobodyReads() async throws {
    try FileSystem.makeDirectories(workspace)
    let made = try await TestProgram.run(
      "/bin/sh", ["-c", "head -c 50000000 /dev/urandom > big"], directory: workspace)
    #expect(made.status == 0)
    try controller.order(#"{"hold":true}"#)
    _ = try archives.askToStash("**", to: 5)
    #expect(try await RunningAgent.wait { try !running.children.isEmpty })
    try await running.waitUntilStuck()
    try controller.send(
      .object(
        JavaLayout(
          "hudson.remoting.Channel$CloseCommand", 1, extends: JavaLayout("hudson.remoting.Command", 1))))
    #expect(try await RunningAgent.wait { try running.log.contains("connecting again") })
    #expect(try running.children.isEmpty)
    try controller.order(#"{"hold":false}"#)
    _ = try await controller.agent()
    #expect(try await controller.value("hudson.slaves.SlaveComputer$DetectOS")?.boolean == true)
    await running.stop()
  }
}
