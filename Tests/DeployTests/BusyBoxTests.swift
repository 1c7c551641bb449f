import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// The steps on a machine that has only BusyBox, without `flock` and with or without `timeout`.
@Suite(.takingTurns, .enabled(if: NeededPrograms.areFound("busybox"), "busybox is not installed"))
struct BusyBoxTests {
  /// Runs the shell of BusyBox, which finds nothing but some of BusyBox's programs.
  private struct SmallMachine: ActionServices {
    let inner: any ActionServices
    let shell: String
    let path: String

    func log(_ text: String, _ level: ActionLogLevel) { inner.log(text, level) }
    func progress(_ text: String, done: Int64, total: Int64) {}
    func send(_ request: WebRequest) async throws -> WebResponse { try await inner.send(request) }
    func decide(_ question: DecisionQuestion) async throws -> Decision { try await inner.decide(question) }

    func run(_ process: ProcessRequest) async throws -> ProcessResult {
      var process = process
      guard case .program(_, let arguments) = process.program else { throw PluginError(.process, "no program") }
      process.program = .program(shell, ["sh"] + arguments)
      process.environment["PATH"] = path
      return try await inner.run(process)
    }
  }

  @Test(arguments: [[], ["timeout"]])
  func `deployments and going back work`(more: [String]) async throws {
    let place = try DeployRun()
    let busybox = try #require(TestProgram.find("busybox"))
    try FileSystem.makeDirectories(place.folder + "/programs")
    for tool in ["sh", "mkdir", "rm", "ln", "mv", "readlink", "sync", "sleep", "grep"] + more {
      symlink(busybox, place.folder + "/programs/" + tool)
    }
    func deploy(_ check: String) async throws -> ActionOutcome {
      try await place.run(place.directory(["health-check": check], keep: 2)) {
        SmallMachine(inner: $0, shell: busybox, path: place.folder + "/programs")
      }
    }
    for version in ["one", "two", "three"] {
      try place.writeVersion(version)
      let outcome = try await deploy("grep -q \(version) version")
      #expect(outcome.status == .succeeded, "\(outcome.message)")
      #expect(place.version() == version)
    }
    try place.writeVersion("four")
    let outcome = try await deploy("grep -q five version")
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("the health check ended with 1"), "\(outcome.message)")
    #expect(place.version() == "three")
    #expect(try place.releases().count == 2)
  }
}
