import Foundation
import JourneymanSupport
import TestSupport

@testable import JourneymanJenkins

/// An agent and the controller it talks to, with a directory that goes away with them.
final class TestAgent: Sendable {
  let controller: ScriptedController
  /// The node's directory.
  let directory: String
  private let secret: String

  init() async throws {
    controller = try await ScriptedController()
    let base = NSTemporaryDirectory() + "journeyman-jenkins-\(UUID().uuidString)"
    directory = base + "/node"
    secret = base + "/secret"
    try FileSystem.makeDirectories(directory)
  }

  deinit { try? FileSystem.removeTree(PathName.directory(of: directory)) }

  /// What agent.conf would say.
  func settings(node: String = "builder", secret: String = "right", url: String? = nil) throws -> ControllerSettings {
    try FileSystem.writeAtomically(Array((secret + "\n").utf8), to: self.secret)
    var settings = ControllerSettings(name: "ci", kind: .jenkins, url: url ?? controller.url())
    settings.node = node
    settings.secretFile = self.secret
    settings.workdir = directory
    return settings
  }

  /// What agent.conf says of builds in most tests: sandboxes that start quickly, and state that goes away with this.
  var buildSettings: Settings {
    var settings = Settings()
    settings.sandbox.system = .readonly
    settings.agent.workdir = PathName.directory(of: directory) + "/state"
    settings.agent.graceSeconds = 2
    return settings
  }

  /// Writes an agent.conf of this agent, with the settings of most tests.
  ///
  /// - Returns: its path.
  func writeConfiguration(executors: Int = 1) throws -> String {
    let (builds, section) = (buildSettings, try settings())
    let text = """
      [agent]
        workdir = \(builds.agent.workdir ?? "")
        executors = \(executors)
        grace = 2
      [sandbox]
        system = readonly
      [controller "ci"]
        type = jenkins
        url = \(section.url)
        node = builder
        secretFile = \(secret)
        workdir = \(directory)

      """
    let path = PathName.directory(of: directory) + "/agent.conf"
    try FileSystem.writeAtomically(Array(text.utf8), to: path, mode: 0o600)
    return path
  }

  /// Runs a conversation with an agent that is ended afterwards.
  ///
  /// - Parameter minute: what timeouts are counted in.
  func serve(
    _ settings: ControllerSettings, _ host: TestHost = TestHost(), minute: Duration = .seconds(60),
    _ body: () async throws -> Void
  ) async throws {
    let worker = try TestProgram.products + "/journeyman"
    let backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(20))
    let task = Task {
      try await JenkinsController(settings, backoff: backoff, worker: worker, minute: minute).serve(host)
    }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    task.cancel()
    _ = await task.result
    try outcome.get()
  }

  /// Runs a conversation with a connected agent.
  func serve(_ host: TestHost = TestHost(), minute: Duration = .seconds(60), _ body: () async throws -> Void)
    async throws
  {
    try await serve(try settings(), host, minute: minute) {
      _ = try await controller.agent()
      try await body()
    }
  }
}
