import Foundation
import JourneymanAgent
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Builds that are stopped in every state, and builds beside each other.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct AbortTests {
  private let agent: TestAgent
  private let host: TestHost
  private let mark = "1\(Int.random(in: 100_000...999_999))"
  private var controller: ScriptedController { agent.controller }

  init() async throws {
    agent = try await TestAgent()
    host = TestHost(agent.buildSettings, executors: 1)
  }

  private func build(_ name: String = "job") -> Launching {
    Launching(
      controller: controller, workspace: agent.directory + "/workspace/\(name)",
      variables: ["BUILD_TAG": "jenkins-\(name)-\(mark)"])
  }

  /// Ends a build as Jenkins does, and sees that nothing of it is left and that the next one can run.
  private func expectOver(_ build: Launching) async throws {
    try await build.kill(build.variables)
    #expect(try !RunningAgent.runs("sleep\0\(mark)"))
    #expect(host.activity.status.builds.isEmpty && host.activity.status.waiting == 0)
    let next = self.build("next")
    #expect(try await next.run("echo again").output.contains("again"))
    try await next.kill(next.variables)
  }

  @Test func beforeTheLaunchHasAnAnswer() async throws {
    try await agent.serve(host) {
      for _ in 0..<5 {
        let build = build()
        let id = try build.ask(["sleep", mark], log: 5, quiet: true)
        try controller.cancel(id)
        let answer = try await controller.answer(to: id)
        // It may have been quicker.
        #expect(answer.value != nil || answer.failure?.className == "java.lang.InterruptedException")
        try await expectOver(build)
      }
    }
  }

  @Test func whileItWaitsForAnExecutor() async throws {
    try await agent.serve(host) {
      let first = build("first")
      #expect(try await first.run("echo first").output.contains("first"))
      let build = build()
      let id = try build.ask(["sleep", mark], log: 5, quiet: true)
      #expect(try await RunningAgent.wait { host.activity.status.waiting == 1 })
      try controller.cancel(id)
      let answer = try await controller.answer(to: id)
      #expect(answer.failure?.className == "java.lang.InterruptedException")
      #expect(host.activity.status.waiting == 0)
      try await first.kill(first.variables)
      try await expectOver(build)
    }
  }

  @Test func whileItRunsAndNobodyHasJoined() async throws {
    try await agent.serve(host) {
      let build = build()
      let (process, _) = try await build.launch(["sleep", mark], log: 5, quiet: true)
      #expect(try await RunningAgent.wait { try RunningAgent.runs("sleep\0\(mark)") })
      let killed = try await controller.answer(to: try build.call(process, "kill"))
      #expect(killed.value?.isNull == true)
      #expect(try await controller.answer(to: try build.call(process, "isAlive")).value?.boolean == false)
      try await expectOver(build)
      // And one that is ended with its build.
      let (other, _) = try await build.launch(["sleep", mark], log: 6, quiet: true)
      try await build.kill(build.variables)
      #expect(try await build.join(other).status != 0)
      try await expectOver(build)
    }
  }

  @Test func afterItsEnd() async throws {
    try await agent.serve(host) {
      let build = build()
      let (process, _) = try await build.launch(["true"], log: 5, quiet: true)
      let join = try build.call(process, "join")
      #expect(try await controller.answer(to: join).value?.integer == 0)
      try controller.cancel(join)
      try controller.cancel(join + 1_000_000)
      #expect(try await controller.answer(to: try build.call(process, "kill")).failure == nil)
      #expect(try await build.join(process).status == 0)
      try await expectOver(build)
      // Nothing is there any more.
      try await build.kill(build.variables)
    }
  }

  /// One build is stopped; the other has its own workspace, processes and end.
  @Test func oneOfTwoBuildsAtOnce() async throws {
    let pair = TestHost(host.settings, executors: 2)
    try await agent.serve(pair) {
      let (first, second) = (build("conc"), build("conc@2"))
      let script = "pwd; while [ ! -f go ]; do sleep 0.05; done; echo over"
      let (one, before) = try await first.launch(["/bin/sh", "-c", "echo $WORKSPACE; exec sleep \(mark)"], log: 1)
      let (two, others) = try await second.launch(["/bin/sh", "-c", script], log: 2, quiet: true)
      let (joinOne, joinTwo) = (try first.call(one, "join"), try second.call(two, "join"))
      #expect(try await RunningAgent.wait { try RunningAgent.runs("sleep\0\(mark)") })
      #expect(pair.activity.status.builds.count == 2)
      try controller.cancel(joinOne)
      let stopped = try await controller.answer(to: joinOne)
      #expect(stopped.failure?.className == "java.lang.InterruptedException")
      try await first.kill(first.variables)
      #expect(try await second.run("touch go; ls ..").output.contains("conc\n") == false)
      let answer = try await controller.answer(to: joinTwo)
      #expect(answer.value?.integer == 0)
      let seen = before + others + stopped.others + answer.others
      #expect(Launching.text(seen, of: 1).contains("\n\(first.workspace)\n"))
      #expect(Launching.text(seen, of: 2).hasPrefix("\(second.workspace)\n"))
      try await second.kill(second.variables)
      #expect(pair.activity.status.builds.isEmpty && pair.activity.status.ended == 2)
    }
  }

  /// Jenkins lets go of a process that no plugin holds any more: it runs on, as with Java's agent.
  @Test func aProcessThatNobodyHoldsRunsOn() async throws {
    try await agent.serve(host) {
      let build = build()
      let (process, _) = try await build.launch(
        ["/bin/sh", "-c", "while [ ! -f go ]; do sleep 0.05; done; echo over > end"], log: 5, quiet: true)
      try controller.send(
        .object(
          JavaLayout(
            "hudson.remoting.UnexportCommand", 1, [JavaField("oid", "I")],
            extends: JavaLayout("hudson.remoting.Command", 1, [JavaField("createdAt", "Ljava/lang/Exception;")])),
          ["oid": .int(process)]))
      let gone = try await controller.answer(to: try build.call(process, "isAlive"))
      #expect(gone.failure != nil)
      #expect(try await build.run("touch go").status == 0)
      #expect(try await RunningAgent.wait { access(build.workspace + "/end", F_OK) == 0 })
      try await expectOver(build)
    }
  }

  /// A controller that writes what a process reads: the agent keeps it for a process that is slow.
  @Test func aProcessThatDoesNotReadHoldsNobodyUp() async throws {
    try await agent.serve(host) {
      let build = build()
      func start(_ words: [String]) async throws -> (process: Int32, input: Int32) {
        let id = try build.ask(words, log: 5, quiet: true, changes: [(JavaField("reverseStdin", "Z"), .boolean(true))])
        let number = try await controller.answer(to: id).value?.object?["h"].object?["oid"].integer
        let process = Int32(try #require(number))
        let triplet = try await controller.answer(to: try build.call(process, "getIOtriplet")).value
        return (process, try #require(triplet?.object.flatMap { StreamReferences.output($0["stdin"]) }))
      }
      let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
      let (deaf, unread) = try await start(["sleep", mark])
      for _ in 0..<5 { try controller.write(piece, to: unread) }
      #expect(try await controller.value("hudson.slaves.SlaveComputer$DetectOS")?.boolean == true)
      let join = try build.call(deaf, "join")
      try controller.cancel(join)
      #expect(try await controller.answer(to: join).failure?.className == "java.lang.InterruptedException")

      let (slow, input) = try await start(["/bin/sh", "-c", "sleep 0.3; wc -c > count"])
      for _ in 0..<5 { try controller.write(piece, to: input) }
      try controller.endWriting(to: input)
      #expect(try await build.join(slow).status == 0)
      #expect(try FileSystem.read(build.workspace + "/count", limit: 100) == Array("500000\n".utf8))
      try await expectOver(build)
    }
  }
}
