internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSandbox
internal import JourneymanSupport
internal import Synchronization

/// Starts an external plugin for a check, as a build would, with nothing granted.
struct CheckedGuest {
  /// What a plugin did with what it was told.
  struct Said {
    var lines: [[UInt8]] = []
    /// Whether it ended by itself.
    var hasEnded = false
    var exitCode: Int32?
    var reason: String?
  }

  private let files: ExternalPluginFiles
  private let mode: SandboxPolicy.Mode

  init(_ files: ExternalPluginFiles, _ mode: SandboxPolicy.Mode) {
    self.files = files
    self.mode = mode
  }

  /// Tells the plugin something, closes its input, and listens until it ends or the time is up.
  func answer(_ text: String, within limit: Duration) async throws -> Said {
    try await inRoom { site, room in
      let process = try GuestProcess(
        in: room.sandbox, executable: room.executable, environment: room.environment([:]), directory: room.output,
        teardown: [.kill])
      let running = Task.detached { try await process.run() }
      let lines = Task.detached { try await runBlocking { try Self.lines(process.output) } }
      let errors = Task.detached { try? await runBlocking { Self.drop(process.errors) } }
      try await runBlocking { process.say(text) }
      process.closeInput()
      let timer = Task.detached {
        try await Task.sleep(for: limit)
        running.cancel()
      }
      let end = await running.result
      timer.cancel()
      await room.sandbox.end()
      await errors.value
      var said = Said()
      do {
        said.lines = try await lines.value
      } catch {
        said.reason = "\(error)"
      }
      switch end {
      case .success(let result):
        said.hasEnded = result.ending == .natural
        said.exitCode = result.status.shellStatus
      case .failure(let error): said.reason = "it could not be started: \(error)"
      }
      return said
    }
  }

  /// Carries an action out with the plugin's example.
  func run(_ ears: ConformanceEars, limit: Duration) async throws -> ActionOutcome {
    try await inSite { site in
      let services = HostServices(
        plugin: files.manifest.name, site: site,
        ears: HostServices.Ears(
          log: { text, _ in ears.hear(text) }, progress: { _, _, _ in },
          decide: { _ in Decision(isApproved: true, by: "the check") }))
      let workspace = site.directory + "/workspace"
      try FileSystem.makeDirectories(workspace)
      let context = ActionContext(
        name: "check", build: Self.build, workspace: try WorkspaceFiles(directory: workspace),
        output: OutputFiles(path: site.outputDirectory), services: services)
      let work = Task {
        try await GuestRun(
          files: files, configuration: example, session: ActionSession(context: context, site: site)
        ).run()
      }
      let timer = Task {
        try await Task.sleep(for: limit)
        work.cancel()
      }
      let outcome = await work.result
      timer.cancel()
      await services.end()
      if case .failure(is CancellationError) = outcome {
        throw PluginError(.failed, "it gave no result within \(limit.humanReadable)")
      }
      return try outcome.get()
    }
  }

  /// A `run` message in some version of the protocol.
  func order(version: Int) throws -> String {
    let order = AgentMessage.RunOrder(
      protocol: version, action: "check", configuration: example, build: Self.build, workspace: nil,
      output: mode == .strict ? "/action/output" : "/tmp", environment: [:], secrets: [:], artifacts: [])
    return String(decoding: try JSONEncoder().encode(AgentMessage.run(order)), as: UTF8.self)
  }

  private var example: JSONValue { files.example ?? .object([:]) }

  private static let build = BuildDescription(id: "check", number: 1, project: "check", source: "/check")

  private func inSite<Value>(_ work: (ActionSite) async throws -> Value) async throws -> Value {
    let directory = NSTemporaryDirectory() + "journeyman-check-\(UUID().uuidString)"
    try FileSystem.makeDirectories(directory + "/files/output", mode: 0o700)
    // The agent's own user has to reach it, nobody else.
    chmod(directory, 0o711)
    let runner = try await build(in: directory)
    let source = runner.workspacePaths.first ?? "/"
    let log = try FileSystem.open("/dev/null", flags: O_WRONLY)
    let site = ActionSite(
      runner: runner, command: { Self.command($0, in: source) }, output: log.number, directory: directory,
      policy: SandboxPolicy(mode: mode, system: .readonly, network: false, hostName: "plugin"), isHostGranted: false,
      hostEnvironment: [:], web: nil, teardown: [.terminate(after: .seconds(2)), .kill])
    do {
      let value = try await work(site)
      await runner.end()
      try? FileSystem.removeTree(directory)
      return value
    } catch {
      await runner.end()
      try? FileSystem.removeTree(directory)
      throw error
    }
  }

  /// What stands for the build: a sandbox with an empty workspace.
  private func build(in directory: String) async throws -> Sandbox {
    for name in ["/source", "/build-scratch"] { try FileSystem.makeDirectories(directory + name) }
    var policy = SandboxPolicy(mode: mode, system: .readonly, network: false)
    policy.workspaces = [
      SandboxPolicy.Workspace(
        source: directory + "/source", path: mode == .strict ? "/build/source" : nil, view: .agentDirectory)
    ]
    policy.scratch = directory + "/build-scratch"
    return try await Sandbox.start(policy)
  }

  private static func command(_ process: ProcessRequest, in source: String) -> Command {
    let arguments: [String] =
      switch process.program {
      case .shell(let text): ["-c", text]
      case .program(let name, let rest): ["-c", "exec \"$@\"", "sh", name] + rest
      }
    return Command(
      executable: "/bin/sh", arguments: arguments,
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"].merging(process.environment) { $1 }, directory: source)
  }

  private func inRoom<Value>(_ work: (ActionSite, GuestRoom) async throws -> Value) async throws -> Value {
    try await inSite { site in
      let room = try await GuestRoom.open(files, site, workspace: nil)
      do {
        let value = try await work(site, room)
        await room.sandbox.end()
        return value
      } catch {
        await room.sandbox.end()
        throw error
      }
    }
  }

  private static func lines(_ descriptor: Int32) throws -> [[UInt8]] {
    var reader = MessageReader(descriptor)
    var lines: [[UInt8]] = []
    while let line = try reader.line(), lines.count < 10_000 { lines.append(line) }
    return lines
  }

  private static func drop(_ descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while read(descriptor, &bytes, bytes.count) > 0 {}
  }
}

/// Keeps what a plugin under a check says in the log.
final class ConformanceEars: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func hear(_ line: String) { lines.withLock { if $0.count < 1_000 { $0.append(line) } } }
}
