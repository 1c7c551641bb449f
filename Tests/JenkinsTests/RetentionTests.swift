import Foundation
import JourneymanAgent
import JourneymanJavaStream
import JourneymanSandbox
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanJenkins

/// A node's workspaces stay within the bounds of agent.conf; what is used, or about to be, is never touched.
@Suite(.takingTurns, .timeLimit(.minutes(30))) struct RetentionTests {
  private let place = Place()
  private var node: String { place.path + "/node" }
  private var state: String { place.path + "/state" }
  private let use: WorkspaceUse
  private let sandboxes: BuildSandboxes

  private final class Place: Sendable {
    let path = NSTemporaryDirectory() + "journeyman-workspaces-\(UUID().uuidString)"
    let log = Mutex<[String]>([])
    deinit { try? FileSystem.removeTree(path) }
  }

  init() throws {
    for name in ["/node/workspace", "/state/workspaces", "/state/builds"] {
      try FileSystem.makeDirectories(place.path + name)
    }
    use = WorkspaceUse(node: place.path + "/node", stamps: place.path + "/state/workspaces")
    sandboxes = Self.sandboxes(place)
  }

  private static func sandboxes(_ place: Place) -> BuildSandboxes {
    var settings = SandboxSettings()
    settings.system = .readonly
    return BuildSandboxes(
      BuildSandboxes.Setup(
        settings: settings, state: place.path + "/state", node: place.path + "/node", hidden: [], grace: .seconds(2)),
      Executors(AgentActivity(executors: 4), of: "ci"))
  }

  private func retention(
    _ keepFor: Double? = nil, size: Int64? = nil, quiet: Double = 3600, sandboxes: BuildSandboxes? = nil
  ) -> WorkspaceRetention {
    WorkspaceRetention(
      use: use, sandboxes: sandboxes ?? self.sandboxes, keepSeconds: keepFor, keepSize: size, quietSeconds: quiet
    ) { [place] line in place.log.withLock { $0.append(line) } }
  }

  private var log: [String] { place.log.withLock { $0 } }

  private func age(_ path: String, _ seconds: Double) {
    let moment = timespec(tv_sec: time(nil) - Int(seconds), tv_nsec: 0)
    #expect(utimensat(AT_FDCWD, path, [moment, moment], AT_SYMLINK_NOFOLLOW) == 0)
  }

  private func workspace(_ name: String) -> String { node + "/workspace/" + name }

  /// A workspace with so many KiB in it that was used so many days ago.
  private func make(_ name: String, days: Double, kilobytes: Int = 8) throws {
    try FileSystem.makeDirectories(workspace(name) + "/deep/er")
    try FileSystem.writeAtomically(
      (0..<kilobytes * 1024).map { _ in UInt8.random(in: 0 ... .max) }, to: workspace(name) + "/deep/content")
    age(workspace(name), days * 86_400)
  }

  private var left: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: node + "/workspace").sorted() }
  }

  @Test func whatIsTooOldGoesWithWhatIsBesideIt() async throws {
    for name in ["old", "old@tmp", "old@script", "old@2", "old@2@tmp", "young", "older"] {
      try make(name, days: name.hasPrefix("young") ? 1 : 20)
    }
    // The second workspace was used lately: by what it holds, or by what the agent remembers.
    age(workspace("old@2@tmp"), 5 * 86_400)
    try FileSystem.writeAtomically([], to: state + "/workspaces/older")
    age(state + "/workspaces/older", 2 * 86_400)
    await retention(14 * 86_400).run()
    #expect(try left == ["old@2", "old@2@tmp", "older", "young"])
    #expect(log.count == 1 && log.first?.hasPrefix("removed the workspace 'old', which was not used for") == true)
    await retention(4 * 86_400).run()
    #expect(try left == ["older", "young"])
    await retention().run()
    #expect(try left == ["older", "young"])
  }

  @Test func theLeastRecentlyUsedGoWhileAllAreTooLarge() async throws {
    for number in 1...6 { try make("job\(number)", days: Double(10 - number), kilobytes: 100) }
    await retention(size: 350 << 10).run()
    #expect(try left == ["job4", "job5", "job6"])
    #expect(log.allSatisfy { $0.contains("larger than keepSize") } && log.count == 3)
    // Within the last hour nothing goes, however much it is.
    for number in 4...6 { age(workspace("job\(number)"), 600) }
    await retention(size: 0).run()
    #expect(try left == ["job4", "job5", "job6"])
  }

  @Test func nothingIsFollowed() async throws {
    let elsewhere = place.path + "/elsewhere"
    try FileSystem.makeDirectories(elsewhere)
    try FileSystem.writeAtomically([1], to: elsewhere + "/precious")
    try make("job", days: 20)
    for link in [workspace("linked"), workspace("job") + "/inner"] {
      #expect(symlink(elsewhere, link) == 0)
    }
    age(workspace("job"), 20 * 86_400)
    age(workspace("linked"), 20 * 86_400)
    await retention(86_400, size: 0).run()
    #expect(try left == ["linked"])
    #expect(access(elsewhere + "/precious", F_OK) == 0)
    // Nor is the directory of all workspaces, when it is a link.
    rename(node + "/workspace", place.path + "/moved")
    #expect(symlink(elsewhere, node + "/workspace") == 0)
    try FileSystem.makeDirectories(elsewhere + "/job")
    age(elsewhere + "/job", 20 * 86_400)
    await retention(86_400, size: 0).run()
    #expect(access(elsewhere + "/job", F_OK) == 0)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make files of others"))
  func filesOfOtherIdsGo() async throws {
    try make("job", days: 20)
    for (path, mode) in [(workspace("job") + "/deep/content", 0o400), (workspace("job") + "/deep", 0o000)] {
      #expect(chown(path, 300_123, 300_123) == 0 && chmod(path, mode_t(mode)) == 0)
    }
    #expect(chown(workspace("job"), 300_123, 300_123) == 0)
    age(workspace("job"), 20 * 86_400)
    await retention(86_400).run()
    #expect(try left.isEmpty, "\(log)")
  }

  /// The build's own ids, which an ordinary user's agent does not have itself.
  @Test func whatABuildGaveToItsOtherUsersGoes() async throws {
    try make("job", days: 20)
    let sandbox = try await sandboxes.sandbox(for: "tag-2", workspace: workspace("job"), outlivesConnection: true) {
      _ in
    }
    let script = "mkdir -p d/e && echo x >d/e/f && { chown -R 1000:1000 d || echo single >single; } && chmod 700 d"
    let id = try sandbox.start(
      Command(
        executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
        directory: workspace("job")))
    #expect(try await sandbox.result(of: id).status == .exited(0))
    try await sandboxes.kill(["BUILD_TAG": "tag-2"])
    var status = stat()
    let isSingle = access(workspace("job") + "/single", F_OK) == 0
    #expect(lstat(workspace("job") + "/d", &status) == 0 && (isSingle || status.st_uid != geteuid()))
    for name in ["job", "job@tmp"] { age(workspace(name), 20 * 86_400) }
    unlink(state + "/workspaces/job")
    let later = WorkspaceRetention(
      use: WorkspaceUse(node: node, stamps: state + "/workspaces"), sandboxes: sandboxes, keepSeconds: 86_400,
      keepSize: nil
    ) { [place] line in place.log.withLock { $0.append(line) } }
    await later.run()
    #expect(try left.isEmpty, "\(log)")
  }

  @Test func whatAnEarlierSweepLeftGoes() async throws {
    try make(".journeyman-removed-x-0", days: 0)
    await retention(86_400).run()
    #expect(try left.isEmpty)
  }

  // MARK: What is in use

  @Test func theWorkspaceOfABuildStays() async throws {
    for name in ["job", "job@tmp", "other", "lost"] { try make(name, days: 20) }
    let first = try await sandboxes.sandbox(for: "tag-1", workspace: workspace("job"), outlivesConnection: true) { _ in
    }
    let id = try first.start(
      Command(executable: "/bin/sleep", arguments: ["600"], environment: [:], directory: workspace("job")))
    for name in ["job", "job@tmp"] { age(workspace(name), 20 * 86_400) }
    await retention(86_400, size: 0).run()
    #expect(try left == ["job", "job@tmp"])
    // Of a durable build, after this process's end too; its age begins with its end.
    await sandboxes.detach()
    let next = Self.sandboxes(place)
    try FileSystem.removeTree(state + "/workspaces")
    try FileSystem.makeDirectories(state + "/workspaces")
    for name in ["job", "job@tmp"] { age(workspace(name), 20 * 86_400) }
    await retention(86_400, size: 0, sandboxes: next).run()
    #expect(try left == ["job", "job@tmp"])
    let again = try await next.sandbox(for: "tag-1", workspace: workspace("job"), outlivesConnection: true) { _ in }
    #expect(try await again.commands() == [id])
    try await next.kill(["BUILD_TAG": "tag-1"])
    for name in ["job", "job@tmp"] { age(workspace(name), 20 * 86_400) }
    await retention(86_400, size: 0, sandboxes: next).run()
    #expect(try left == ["job", "job@tmp"])
    await retention(0, quiet: 0, sandboxes: next).run()
    #expect(try left.isEmpty)
  }

  @Test func theWorkspaceOfABuildThatWaitsStays() async throws {
    let activity = AgentActivity(executors: 1)
    try await activity.begin("other", of: "ci") { _, _, _ in }
    let waiting = BuildSandboxes(
      BuildSandboxes.Setup(
        settings: SandboxSettings(), state: state, node: node, hidden: [], grace: .seconds(2)),
      Executors(activity, of: "ci"))
    try make("job", days: 20)
    let path = workspace("job")
    let (told, tell) = AsyncStream<Void>.makeStream()
    let launch = Task {
      try await waiting.sandbox(for: "tag-1", workspace: path, outlivesConnection: true) { _ in tell.finish() }
    }
    for await _ in told {}
    await retention(86_400, sandboxes: waiting).run()
    #expect(try left == ["job"])
    launch.cancel()
    _ = await launch.result
    #expect(try await waiting.workspacesInUse().isEmpty)
  }

  /// A build that begins takes the workspace as it is, or finds none and makes it; it never loses it.
  @Test func aBuildThatBeginsKeepsItsWorkspace() async throws {
    let files = NodeFiles(directory: node, use: use)
    try make("job", days: 20)
    let start = WorkspaceUse.now
    // Between the decision and the removal somebody comes.
    try files.makeDirectories(workspace("job") + "/sub")
    #expect(use.take("job", unusedSince: start) { Issue.record("it was taken") } == false)
    #expect(use.lastUse(of: "job").map { $0 >= start } == true)
    do {
      let hold = use.hold(workspace("job@tmp") + "/x")
      #expect(use.take("job", unusedSince: .infinity) { Issue.record("it was taken") } == false)
      withExtendedLifetime(hold) {}
    }
    var isTaken = false
    #expect(use.take("job", unusedSince: .infinity) { isTaken = true } && isTaken)
    #expect(use.hold(node + "/elsewhere/job") == nil && use.hold(node + "/workspace") == nil)

    let sweeps = Task { [retention = retention(0, size: 0, quiet: 0)] in
      var count = 0
      while !Task.isCancelled {
        await retention.run()
        count += 1
      }
      return count
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask { [use, path = workspace("job\(number)")] in
          for round in 0..<60 {
            try await runBlocking {
              let hold = use.hold(path)
              try files.makeDirectories(path)
              try FileSystem.writeAtomically([UInt8(round)], to: path + "/file")
              usleep(2000)
              #expect(try FileSystem.read(path + "/file", limit: 10) == [UInt8(round)])
              withExtendedLifetime(hold) {}
            }
          }
        }
      }
      try await group.waitForAll()
    }
    sweeps.cancel()
    #expect(await sweeps.value > 3)
    #expect(log.contains { $0.hasPrefix("removed the workspace 'job") })
    #expect(log.allSatisfy { $0.hasPrefix("removed") }, "\(log.filter { !$0.hasPrefix("removed") })")
  }

  // MARK: What builds leave with the agent

  @Test func lostBuildsAreForgotten() async throws {
    for name in ["gone", "lately", "kept"] { try FileSystem.makeDirectories("\(state)/builds/\(name)/home") }
    let running = try await sandboxes.sandbox(for: "kept", workspace: workspace("job"), outlivesConnection: true) { _ in
    }
    let dead = try await DurableSandbox.start(running.policy, record: state + "/builds/dead/sandbox")
    dead.detach()
    // It ends when nobody is connected.
    let record = state + "/builds/dead/sandbox"
    for _ in 0..<3000 where DurableSandbox.trace(record: record)?.isRunning != false {
      try await Task.sleep(for: .milliseconds(10))
    }
    for name in ["gone", "kept", "dead"] { age("\(state)/builds/\(name)", 2 * 86_400) }
    await retention().run()
    let names = try FileManager.default.contentsOfDirectory(atPath: state + "/builds").sorted()
    #expect(names == ["kept", "lately"])
    #expect(log == ["removed what 2 lost builds left in the agent's directory"])
    #expect(try await running.commands().isEmpty)
    try await sandboxes.kill(["BUILD_TAG": "kept"])
  }

  // MARK: The running agent

  @Test(.enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
  func theAgentSweepsAtItsStart() async throws {
    let agent = try await TestAgent()
    var all = Settings()
    all.agent.workdir = PathName.directory(of: agent.directory) + "/state"
    all.agent.keepSeconds = 1e9
    let host = TestHost(all)
    let workspaces = agent.directory + "/workspace"
    for name in ["old", "young"] { try FileSystem.makeDirectories("\(workspaces)/\(name)/x") }
    age(workspaces + "/old", 3 * 86_400)
    var settings = try agent.settings()
    // The controller's own bound goes before the agent's.
    settings.keepSeconds = 86_400
    try await agent.serve(settings, host) {
      _ = try await agent.controller.agent()
      for _ in 0..<3000 where access(workspaces + "/old", F_OK) == 0 { try await Task.sleep(for: .milliseconds(10)) }
      // A build that comes now is remembered.
      let answer = try await agent.controller.answer(
        to: try agent.controller.ask(
          about: workspaces + "/young/sub", .object(JavaLayout("hudson.FilePath$Mkdirs", 1), [:])))
      #expect(answer.failure == nil)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspaces) == ["young"])
    #expect(
      host.log.contains { $0.hasPrefix("ci: removed the workspace 'old', which was not used for 3 days") },
      "\(host.log)")
    let stamps = try FileManager.default.contentsOfDirectory(
      atPath: "\(all.agent.workdir ?? "")/.jenkins/ci/workspaces")
    #expect(stamps == ["young"])
  }

  // MARK: What Jenkins asks

  @Test(.enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
  func jenkinsOwnCleaningWorks() async throws {
    let agent = try await TestAgent()
    var settings = Settings()
    settings.agent.workdir = PathName.directory(of: agent.directory) + "/state"
    let workspaces = agent.directory + "/workspace"
    for name in ["job", "job@2", "job@tmp", "jobs"] {
      try FileSystem.makeDirectories("\(workspaces)/\(name)/x")
      if name != "job@2" { age("\(workspaces)/\(name)", 40 * 86_400) }
    }
    try await agent.serve(TestHost(settings)) {
      let task = JavaLayout(
        "hudson.model.WorkspaceCleanupThread$CleanupOldWorkspaces", 1, [JavaField("retentionInDays", "I")])
      let answer = try await agent.controller.answer(
        to: try agent.controller.ask(about: workspaces + "/job", .object(task, ["retentionInDays": .int(30)])))
      #expect(answer.failure == nil)
      let elsewhere = try await agent.controller.answer(
        to: try agent.controller.ask(about: workspaces + "/folder/job", .object(task, ["retentionInDays": .int(30)])))
      #expect(elsewhere.failure?.message.contains("cleans workspaces that lie in") == true)
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: workspaces).sorted()
    #expect(left == ["job@2", "jobs"])
  }
}
