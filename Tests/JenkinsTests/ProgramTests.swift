import Foundation
import JourneymanJavaStream
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// The programs themselves: registered by one command, started by the next.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct ProgramTests {
  private let agent: TestAgent
  private let base: String
  private var configuration: String { base + "/agent.conf" }

  init() async throws {
    agent = try await TestAgent()
    base = PathName.directory(of: agent.directory) + "/conf"
    try FileSystem.makeDirectories(base)
  }

  private func register(secret: String = "right", _ more: [String] = []) async throws -> TestProgram.Outcome {
    try FileSystem.writeAtomically(Array((secret + "\n").utf8), to: base + "/given")
    return try await TestProgram.run(
      try TestProgram.products + "/journeyman",
      [
        "agent", "register", "jenkins", "--url", agent.controller.url(), "--name", "builder", "--workdir",
        agent.directory, "--config", configuration, "--secret-file", base + "/given",
      ] + more)
  }

  @Test func whatIsRegisteredCanBeStartedAndStopped() async throws {
    try FileSystem.writeAtomically(Array("[agent]\n  workdir = \(base)/state".utf8), to: configuration, mode: 0o600)
    let registered = try await register()
    #expect(registered.status == 0, "\(registered.errors)")
    var status = stat()
    #expect(lstat(base + "/jenkins-builder.secret", &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(lstat(configuration, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let text = String(decoding: try FileSystem.read(configuration, limit: 10_000), as: UTF8.self)
    #expect(text.contains("[agent]") && text.contains("[controller \"builder\"]") && !text.contains("right"))
    #expect(try await register().errors.contains("already"))

    let program = try TestProgram.products + "/journeyman"
    let arguments = ["agent", "start", "--config", configuration]
    let running = Task {
      let runner = ProcessRunner()
      let result = try await runner.run(
        Command(
          executable: program, arguments: arguments, environment: StandardPaths.processEnvironment,
          timeout: .seconds(300), teardown: [.terminate(after: .seconds(60)), .kill]))
      await runner.end()
      return result.status
    }
    // The connection that `register` tried comes first.
    _ = try await agent.controller.agent()
    _ = try await agent.controller.agent()
    #expect(try await agent.controller.value("hudson.slaves.SlaveComputer$DetectOS")?.boolean == true)
    let shown = try await steer("status")
    #expect(shown.status == 0 && shown.output.contains("builder: online for"), "\(shown.output)\(shown.errors)")
    #expect(shown.output.contains("executors: 0 of 1 busy, 0 waiting, 0 builds ended"))
    let json = try await steer("status", "--json")
    #expect(json.output.contains(#""isOnline":true,"name":"builder""#))
    // A mistake in the file changes nothing.
    try FileSystem.writeAtomically(Array("[agnet]\n".utf8), to: configuration + ".new")
    rename(configuration, configuration + ".good")
    rename(configuration + ".new", configuration)
    let refused = try await steer("reload")
    #expect(refused.status != 0)
    rename(configuration + ".good", configuration)
    #expect(try await steer("reload").status == 0)
    #expect(try await steer("drain").output == "draining: 0 builds run\n")
    #expect(try await running.value == .exited(0))
    #expect(try await steer("status").status == 3)
  }

  private func steer(_ words: String...) async throws -> TestProgram.Outcome {
    try await TestProgram.run(
      try TestProgram.products + "/journeyman", ["agent"] + words + ["--config", configuration])
  }

  @Test func aRefusedRegistrationLeavesNothing() async throws {
    let refused = try await register(secret: "wrong")
    #expect(refused.status == 3)
    #expect(refused.errors.contains("secret"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: base) == ["given"])
    let unclear = try await register(["--secret-env", "X"])
    #expect(unclear.status == 2)
  }
}
