import Foundation
import JourneymanAgent
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Shell steps of freestyle jobs and pipelines, in their sandboxes.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct LaunchTests {
  private let agent: TestAgent
  private let host: TestHost
  private let build: Launching
  private let tag = "jenkins-job-\(Int.random(in: 0...99_999))"
  private let cookie = UUID().uuidString

  init() async throws {
    agent = try await TestAgent()
    host = TestHost(agent.buildSettings)
    build = Launching(
      controller: agent.controller, workspace: agent.directory + "/workspace/job", variables: ["BUILD_TAG": tag])
  }

  private var pipeline: Launching {
    Launching(
      controller: agent.controller, workspace: build.workspace,
      variables: ["JENKINS_NODE_COOKIE": cookie, "BUILD_TAG": tag, "JENKINS_SERVER_COOKIE": "please-do-not-kill-me"])
  }

  /// Whether a process with this text in its command line runs on the machine.
  private func runs(_ text: String) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
      guard Int(name) != nil, let line = try? FileSystem.read("/proc/\(name)/cmdline", limit: 1 << 20) else {
        return false
      }
      return String(decoding: line, as: UTF8.self).contains(text)
    }
  }

  @Test func aShellStepPrintsAndEndsWithItsStatus() async throws {
    try await agent.serve(host) {
      let log = Int32.random(in: 1...1_000_000)
      let (process, before) = try await build.launch(
        ["/bin/sh", "-c", "echo tag $BUILD_TAG cost $$$$; pwd; echo wrong >&2; exit 7"], log: log)
      let triplet = try await agent.controller.answer(to: try build.call(process, "getIOtriplet"))
      #expect(triplet.value?.object?["stdout"].isNull == true)
      let (status, answer) = try await build.join(process)
      #expect(status == 7)
      let text = Launching.text(before + triplet.others + answer.others, of: log)
      #expect(text.hasPrefix("[job] $ /bin/sh -c \"echo tag \(tag) cost"))
      #expect(text.contains("\ntag \(tag) cost "))
      #expect(text.contains("\n\(build.workspace)\nwrong\n"))
      let alive = try await agent.controller.answer(to: try build.call(process, "isAlive"))
      #expect(alive.value?.boolean == false)
      // The stream is given back when the output has ended.
      let others = before + triplet.others + answer.others + alive.others
      #expect(try await build.isGivenBack(log, by: process, after: others))
      try await build.kill(["BUILD_TAG": tag, "BUILD_ID": "1"])
    }
  }

  @Test func aProcessReadsWhatTheControllerGives() async throws {
    try await agent.serve(host) {
      let input = (0..<20_000).map { "line \($0)\n" }.joined()
      let log = Int32.random(in: 1...1_000_000)
      let (process, before) = try await build.launch(
        ["/bin/sh", "-c", "wc -c; echo end"], log: log, quiet: true, input: Array(input.utf8))
      let (status, answer) = try await build.join(process)
      #expect(status == 0)
      let text = Launching.text(before + answer.others, of: log)
      #expect(text.contains("\(input.utf8.count)\nend\n"))
      // One that reads only a part of it.
      let (short, _) = try await build.launch(
        ["/bin/sh", "-c", "head -c 3"], log: log, quiet: true, input: Array(input.utf8))
      #expect(try await build.join(short).status == 0)
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  /// A pipeline's launch names a log that nothing is written to: the controller has to be able to forget it too.
  @Test func theStreamOfASilentLaunchIsGivenBack() async throws {
    try await agent.serve(host) {
      let log = Int32.random(in: 1...1_000_000)
      let (process, before) = try await build.launch(["true"], log: log, quiet: true, isSilent: true)
      #expect(try await build.isGivenBack(log, by: process, after: before))
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  @Test func aServerOfOneStepIsThereInTheNextAndGoneAfterTheBuild() async throws {
    let mark = "1\(Int.random(in: 100_000...999_999))"
    try await agent.serve(host) {
      let first = try await build.run("sleep \(mark) & echo $! > server; echo started")
      #expect(first.status == 0 && first.output.contains("started"))
      let second = try await build.run("kill -0 $(cat server) && echo there")
      #expect(second.output.contains("there"))
      #expect(try runs(mark))
      try await build.kill(["BUILD_TAG": tag])
      #expect(try !runs(mark))
    }
  }

  @Test func aBuildWaitsForAnExecutorAndItsLogSaysSo() async throws {
    let single = TestHost(host.settings, executors: 1)
    try await agent.serve(single) {
      #expect(try await build.run("echo first").output.contains("first"))
      let other = Launching(
        controller: agent.controller, workspace: build.workspace, variables: ["BUILD_TAG": tag + "-other"])
      let id = try other.ask(["true"], log: 77, quiet: true)
      // The line comes although the launch has no answer yet.
      var said: [JavaObject] = []
      while !Launching.text(said, of: 77).contains("waiting for an executor: this machine has 1, all busy\n") {
        guard case .command(let command) = try await agent.controller.next() else { continue }
        said.append(command)
      }
      #expect(single.activity.status.waiting == 1)
      _ = try build.askToKill(["BUILD_TAG": tag])
      // Both are answered: that the first build is gone, and the launch.
      #expect(try await agent.controller.answer(to: id).value?.object != nil)
      try await other.kill(["BUILD_TAG": tag + "-other"])
      for _ in 0..<600 where single.activity.status.ended < 2 { try await Task.sleep(for: .milliseconds(10)) }
      #expect(single.activity.status.ended == 2 && single.activity.status.builds.isEmpty)
    }
  }

  @Test func anAbortEndsTheWholeTree() async throws {
    let mark = "1\(Int.random(in: 100_000...999_999))"
    try await agent.serve(host) {
      let (process, _) = try await build.launch(
        ["/bin/sh", "-c", "(sleep \(mark)) & trap '' TERM; sleep \(mark)"], log: 5, quiet: true)
      while try !runs(mark) { try await Task.sleep(for: .milliseconds(20)) }
      let id = try build.call(process, "join")
      try agent.controller.cancel(id)
      let answer = try await agent.controller.answer(to: id)
      #expect(answer.failure?.className == "java.lang.InterruptedException")
      #expect(try !runs(mark))
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  @Test func aPipelineStepIsFollowedThroughItsFiles() async throws {
    try await agent.serve(host) {
      try await pipeline.startDurable("echo out; echo err >&2; cat no-such-file || exit 3", cookie: "durable-1")
      #expect(try await pipeline.durableEnd() == 3)
      let log = try await pipeline.durableLog()
      #expect(log.contains("\nout\n") && log.contains("\nerr\n"))
      #expect(try await pipeline.durableLog(from: Int64(log.utf8.count)).isEmpty)
      try await pipeline.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func outputIsReturnedInTheStepsEncoding() async throws {
    try await agent.serve(host) {
      try await pipeline.startDurable("printf 'caf\\351'; printf 'caf\\351' > output", cookie: "durable-3")
      #expect(try await pipeline.durableEnd() == 0)
      let path = build.workspace + "/output"
      #expect(try await pipeline.output(path, "ISO-8859-1") == Array("café".utf8))
      #expect(try await pipeline.output(path, "SYSTEM_DEFAULT") == [0x63, 0x61, 0x66, 0xE9])
      try await pipeline.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func parallelStepsDoNotWaitForEachOther() async throws {
    try await agent.serve(host) {
      let (slow, _) = try await build.launch(
        ["/bin/sh", "-c", "while [ ! -f go ]; do sleep 0.05; done; exit 9"], log: 1, quiet: true)
      let join = try build.call(slow, "join")
      // Answered while the other's join is still open.
      #expect(try await build.run("echo second").output.contains("second"))
      _ = try await build.launch(["/bin/sh", "-c", "touch go"], log: 2, quiet: true)
      #expect(try await agent.controller.answer(to: join).value?.integer == 9)
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  @Test func aStoppedPipelineStepEndsWithItsChildren() async throws {
    let mark = "1\(Int.random(in: 100_000...999_999))"
    try await agent.serve(host) {
      try await pipeline.startDurable("sleep \(mark)", cookie: "durable-\(mark)x")
      while try !runs("sleep\0\(mark)") { try await Task.sleep(for: .milliseconds(20)) }
      #expect(try await pipeline.durableStatus() == nil)
      try await pipeline.kill(["JENKINS_SERVER_COOKIE": "durable-other"])
      #expect(try runs("sleep\0\(mark)"))
      try await pipeline.kill(["JENKINS_SERVER_COOKIE": "durable-\(mark)x"])
      #expect(try await pipeline.durableEnd() == 143)
      #expect(try !runs("sleep\0\(mark)"))
      try await pipeline.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func aPipelineStepGoesOnWhileTheAgentIsAway() async throws {
    try await agent.serve(host) {
      try await pipeline.startDurable("while [ ! -f go ]; do sleep 0.1; done; echo went", cookie: "durable-2")
    }
    try await agent.serve(host) {
      #expect(try await pipeline.durableStatus() == nil)
      // And while the controller is: it comes back as another connection.
      try agent.controller.order(#"{"cut":true}"#)
      _ = try await agent.controller.agent()
      #expect(try await pipeline.durableStatus() == nil)
      // The same sandbox: what another step does there reaches the first.
      #expect(try await pipeline.run("touch go").status == 0)
      #expect(try await pipeline.durableEnd() == 0)
      #expect(try await pipeline.durableLog().contains("\nwent\n"))
      try await pipeline.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func aBuildSeesItsOwnWorkspaceAndNoSecretOfTheAgent() async throws {
    try FileSystem.makeDirectories(agent.directory + "/workspace/other@tmp/secretFiles")
    try await agent.serve(host) {
      let result = try await build.run(
        """
        ls '\(agent.directory)/workspace'; echo --; cat '\(PathName.directory(of: agent.directory))/secret' || echo hidden
        touch '\(agent.directory)/workspace/other@tmp/x' 2>/dev/null || echo apart
        """)
      #expect(result.output.contains("hidden") && result.output.contains("apart"))
      #expect(!result.output.contains("other"))
      #expect(!result.output.contains("right"))
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  @Test func nothingIsLaunchedOutsideOfTheNode() async throws {
    try await agent.serve(host) {
      for workspace in ["/etc", agent.directory, agent.directory + "/../x"] {
        let outside = Launching(controller: agent.controller, workspace: workspace, variables: ["BUILD_TAG": tag])
        await #expect(throws: JenkinsError.self) { _ = try await outside.launch(["true"], log: nil) }
      }
    }
  }
}
