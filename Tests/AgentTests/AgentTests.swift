import Foundation
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanAgent

@Suite(.takingTurns) struct AgentTests {
  /// Serves until it is cancelled, or as long as it is told to.
  final class TestController: Controller {
    let name: String
    private let work: @Sendable (any AgentHost) async throws -> Void
    let served = Mutex<[Int]>([])
    let drained = Mutex(0)

    init(
      _ name: String,
      _ work: @escaping @Sendable (any AgentHost) async throws -> Void = { _ in try await Task.sleep(for: .seconds(600))
      }
    ) {
      self.name = name
      self.work = work
    }

    func serve(_ host: any AgentHost) async throws {
      served.withLock { $0.append(host.settings.agent.executors) }
      host.activity.isOnline(name)
      try await work(host)
    }

    func drain(_ host: any AgentHost) async throws { drained.withLock { $0 += 1 } }
  }

  private let directory = NSTemporaryDirectory() + "journeyman-agent-\(UUID().uuidString)"

  private func settings(_ names: String...) -> Settings {
    var settings = Settings()
    settings.agent.workdir = directory
    settings.controllers = names.map { ControllerSettings(name: $0, kind: .jenkins, url: "https://ci.example") }
    return settings
  }

  private func control(_ settings: Settings) -> AgentControl { AgentControl(settings) }

  /// Asks until the agent listens.
  private func ask(_ request: AgentControl.Request, _ settings: Settings) async throws -> AgentControl.Answer {
    for _ in 0..<600 {
      if let answer = try? await control(settings).ask(request) { return answer }
      try await Task.sleep(for: .milliseconds(50))
    }
    return try await control(settings).ask(request)
  }

  @Test func refusesToServeNothing() {
    #expect(throws: AgentError.self) { try Agent(Settings(), kinds: [:]) }
  }

  @Test func namesTheControllerWhoseKindItDoesNotKnow() throws {
    let error = #expect(throws: AgentError.self) { try Agent(settings("ci"), kinds: [:]) }
    #expect(error?.message.contains("'ci'") == true && error?.message.contains("jenkins") == true)
  }

  @Test func endsWhenEveryControllerHasEnded() async throws {
    defer { try? FileSystem.removeTree(directory) }
    let all = ["a", "b"].map { TestController($0) { _ in } }
    try await Agent(settings("a", "b"), kinds: [.jenkins: { section in all[section.name == "a" ? 0 : 1] }]).serve()
    #expect(all.allSatisfy { $0.served.withLock { $0 } == [1] })
  }

  /// A refused secret is no reason to leave the other controllers alone.
  @Test func theFailureOfOneLeavesTheOthersAlone() async throws {
    defer { try? FileSystem.removeTree(directory) }
    struct Refused: Error {}
    let good = TestController("good"), bad = TestController("bad") { _ in throw Refused() }
    let lines = AgentActivityTests.Lines()
    let settings = settings("good", "bad")
    let agent = try Agent(settings, kinds: [.jenkins: { $0.name == "good" ? good : bad }], log: { lines.add($0) })
    let serving = Task { try await agent.serve() }
    let answer = try await ask(.status, settings)
    #expect(answer.status.controllers.map(\.name) == ["good", "bad"])
    for _ in 0..<600 where lines.all.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    #expect(lines.all.contains { $0.hasPrefix("bad: ") })
    _ = try await ask(.stop, settings)
    try await serving.value
  }

  @Test func theLastFailureIsTheAgents() async throws {
    defer { try? FileSystem.removeTree(directory) }
    struct Refused: Error {}
    // Again and again: whatever else of the agent ends at the same moment must not hide it.
    for _ in 0..<200 {
      let agent = try Agent(settings("ci"), kinds: [.jenkins: { TestController($0.name) { _ in throw Refused() } }])
      await #expect(throws: Refused.self) { try await agent.serve() }
    }
  }

  @Test func aSecondAgentOfTheSameDirectoryIsRefused() async throws {
    defer { try? FileSystem.removeTree(directory) }
    let settings = settings("ci")
    let first = try Agent(settings, kinds: [.jenkins: { TestController($0.name) }], log: { _ in })
    let serving = Task { try await first.serve() }
    _ = try await ask(.status, settings)
    var status = stat()
    #expect(lstat(directory + "/.agent", &status) == 0 && status.st_mode & 0o777 == 0o700)
    let second = try Agent(settings, kinds: [.jenkins: { TestController($0.name) }], log: { _ in })
    let error = await #expect(throws: AgentError.self) { try await second.serve() }
    #expect(error?.message.contains("runs already") == true)
    _ = try await ask(.stop, settings)
    try await serving.value
    let gone = await #expect(throws: AgentError.self) { try await control(settings).ask(.status) }
    #expect(gone?.code == .notRunning)
  }

  @Test func drainingTellsTheControllerAndEndsWhenIdle() async throws {
    defer { try? FileSystem.removeTree(directory) }
    let settings = settings("ci")
    let controller = TestController("ci") { host in
      try await host.activity.begin("build", of: "ci") { _, _, _ in }
      try await Task.sleep(for: .milliseconds(500))
      host.activity.end("build", of: "ci")
      try await Task.sleep(for: .seconds(600))
    }
    let agent = try Agent(settings, kinds: [.jenkins: { _ in controller }], log: { _ in })
    let serving = Task { try await agent.serve() }
    _ = try await ask(.drain, settings)
    try await serving.value
    #expect(controller.drained.withLock { $0 } == 1)
  }

  /// What is new is started, what is gone is stopped, what has changed is started anew, and the rest goes on.
  @Test func aReloadChangesWhatHasChanged() async throws {
    defer { try? FileSystem.removeTree(directory) }
    let before = settings("stays", "goes", "changes")
    var after = settings("stays", "changes", "comes")
    after.controllers[1].url = "https://other.example"
    let made = Mutex<[String: [TestController]]>([:])
    let current = Mutex<Settings?>(after)
    let agent = try Agent(
      before,
      kinds: [
        .jenkins: { section in
          let controller = TestController(section.name)
          made.withLock { $0[section.name, default: []].append(controller) }
          return controller
        }
      ],
      load: {
        guard let settings = current.withLock({ $0 }) else { throw AgentError(.configuration, "line 3 is wrong") }
        return settings
      }, period: .milliseconds(50), log: { _ in })
    let serving = Task { try await agent.serve() }
    #expect(try await ask(.reload, before).problem == nil)
    for _ in 0..<600 where made.withLock({ $0["comes"] == nil }) { try await Task.sleep(for: .milliseconds(10)) }
    #expect(made.withLock { $0.mapValues(\.count) } == ["stays": 1, "goes": 1, "changes": 2, "comes": 1])
    #expect(try await ask(.status, before).status.controllers.map(\.name).sorted() == ["changes", "comes", "stays"])
    current.withLock { $0 = nil }
    #expect(try await ask(.reload, before).problem == "line 3 is wrong")
    #expect(made.withLock { $0.mapValues(\.count) }["stays"] == 1)
    _ = try await ask(.stop, before)
    try await serving.value
  }

  @Test func signsOfLifeAreWritten() async throws {
    defer { try? FileSystem.removeTree(directory) }
    var settings = settings("ci")
    settings.agent.healthFile = directory + "/health"
    settings.agent.metricsFile = directory + "/metrics.prom"
    let agent = try Agent(
      settings, kinds: [.jenkins: { TestController($0.name) }], period: .milliseconds(20), log: { _ in })
    let serving = Task { try await agent.serve() }
    func text(_ file: String) -> String {
      (try? FileSystem.read(directory + "/" + file, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    for _ in 0..<600 where !text("metrics.prom").contains("controller_online{controller=\"ci\"} 1") {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(text("metrics.prom").contains("controller_online{controller=\"ci\"} 1"))
    #expect(text("health").contains("ci: online"))
    _ = try await ask(.stop, settings)
    try await serving.value
  }

  /// A datagram socket stands for the service manager.
  @Test(arguments: [false, true])
  func theServiceManagerIsTold(isAbstract: Bool) async throws {
    try FileSystem.makeDirectories(directory)
    defer { try? FileSystem.removeTree(directory) }
    let name = isAbstract ? "@journeyman-\(UUID().uuidString)" : directory + "/n"
    let socket = Foundation.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var path = Array(name.utf8)
    if isAbstract { path[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path) + path.count)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
    }
    try #require(bound == 0)
    let notification = ServiceNotification(["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000"])
    #expect(notification.watchdogInterval == .seconds(15))
    notification.say("READY=1", "STATUS=well")
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    try #require(count > 0)
    #expect(String(decoding: bytes[..<count], as: UTF8.self) == "READY=1\nSTATUS=well")
    #expect(ServiceNotification(["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"]).watchdogInterval == nil)
  }
}
