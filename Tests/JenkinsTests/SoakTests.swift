import Foundation
import JourneymanAgent
import JourneymanJavaStream
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Many short builds, one after the other, through the program as it is installed: what one of them costs for ever shows
/// here. `Tests/Benchmarks/jenkins.sh` holds the release build to figures.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct SoakTests {
  private static let builds = StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1" ? 500 : 30
  private static let warmUp = 10

  private let agent: TestAgent
  private let base: String

  init() async throws {
    agent = try await TestAgent()
    base = PathName.directory(of: agent.directory)
  }

  /// What the kernel says of the agent's process.
  private struct Figures {
    let descriptors: Int
    /// In bytes.
    let anonymous: Int
    let children: [Substring]

    init(of process: Int32) throws {
      let place = "/proc/\(process)"
      descriptors = try FileManager.default.contentsOfDirectory(atPath: place + "/fd").count
      let rollup = String(decoding: try FileSystem.read(place + "/smaps_rollup", limit: 1 << 16), as: UTF8.self)
      let line = try #require(rollup.split(separator: "\n").first { $0.hasPrefix("Anonymous:") })
      anonymous = try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 1024
      children = try FileManager.default.contentsOfDirectory(atPath: place + "/task").flatMap { thread in
        let text = (try? FileSystem.read("\(place)/task/\(thread)/children", limit: 1 << 16)) ?? []
        return String(decoding: text, as: UTF8.self).split(separator: " ")
      }
    }
  }

  private func run(_ number: Int) async throws {
    let tag = "jenkins-soak-\(number)"
    let build = Launching(
      controller: agent.controller, workspace: agent.directory + "/workspace/soak",
      variables: ["BUILD_TAG": tag, "BUILD_NUMBER": String(number)])
    let log = Int32.random(in: 1...1_000_000)
    let (process, before) = try await build.launch(["/bin/sh", "-c", "echo build $BUILD_NUMBER; pwd"], log: log)
    let (status, answer) = try await build.join(process)
    #expect(status == 0)
    #expect(Launching.text(before + answer.others, of: log).contains("\nbuild \(number)\n\(build.workspace)\n"))
    #expect(try await build.isGivenBack(log, by: process, after: before + answer.others))
    // As the controller does when its garbage is collected.
    try agent.controller.send(.object(Self.unexport, ["oid": .int(process)]))
    try await build.kill(["BUILD_TAG": tag])
  }

  private static let unexport = JavaLayout(
    "hudson.remoting.UnexportCommand", 1, [JavaField("oid", "I")],
    extends: JavaLayout("hudson.remoting.Command", 1, [JavaField("createdAt", "Ljava/lang/Exception;")]))

  @Test func buildsLeaveNothingBehind() async throws {
    let configuration = try agent.writeConfiguration()
    let program = try TestProgram.products + "/journeyman"
    let running = Task {
      let runner = ProcessRunner()
      let command = Command(
        executable: program, arguments: ["agent", "start", "--config", configuration],
        environment: StandardPaths.processEnvironment, standardError: STDERR_FILENO, timeout: .seconds(1500),
        teardown: [.terminate(after: .seconds(60)), .kill])
      let result = try await runner.run(command)
      await runner.end()
      return result.status
    }
    _ = try await agent.controller.agent()
    let shown = try await TestProgram.run(program, ["agent", "status", "--json", "--config", configuration])
    let process = try JSONDecoder().decode(AgentStatus.self, from: Data(shown.output.utf8)).processID

    for number in 0..<Self.warmUp { try await run(number) }
    let before = try await settled(process) { _ in true }
    for number in Self.warmUp..<Self.warmUp + Self.builds { try await run(number) }
    let after = try await settled(process) { $0.descriptors <= before.descriptors && $0.children.isEmpty }
    #expect(after.descriptors <= before.descriptors)
    #expect(after.children.isEmpty)
    // A kilobyte that each build leaves would not show among what the heap holds free; twenty do.
    #expect(after.anonymous < before.anonymous + (4 << 20) + Self.builds * (4 << 10))
    #expect(try await agent.controller.value("hudson.model.Computer$DumpExportTableTask")?.string == "")
    let left = ["/node/workspace/soak", "/node/workspace/soak@tmp", "/state/.jenkins/ci/builds"].flatMap { directory in
      (try? FileManager.default.contentsOfDirectory(atPath: base + directory)) ?? []
    }
    #expect(left.isEmpty)
    let stopped = try await TestProgram.run(program, ["agent", "stop", "--config", configuration])
    #expect(stopped.status == 0)
    #expect(try await running.value == .exited(0))
  }

  /// The figures once they are as they should be, or have not become so for a while.
  private func settled(_ process: Int32, until isGood: (Figures) -> Bool) async throws -> Figures {
    for _ in 0..<100 {
      let figures = try Figures(of: process)
      if figures.children.isEmpty && isGood(figures) { return figures }
      try await Task.sleep(for: .milliseconds(100))
    }
    return try Figures(of: process)
  }
}
