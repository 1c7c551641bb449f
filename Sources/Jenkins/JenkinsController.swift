internal import Foundation
public import JourneymanAgent
internal import JourneymanJavaStream
internal import JourneymanJob
internal import JourneymanSandbox
public import JourneymanSupport
internal import JourneymanTransport

/// A Jenkins controller, served as an inbound agent over WebSocket: Jenkins Remoting, spoken without Java.
public struct JenkinsController: Controller {
  private let settings: ControllerSettings
  private let backoff: Backoff
  private let worker: String?
  private let minute: Duration

  /// The name in the section's heading.
  public var name: String { settings.name }

  /// Prepares to serve a `[controller]` section.
  ///
  /// - Parameters:
  ///   - backoff: how long to wait after a lost connection.
  ///   - worker: the program `journeyman`, which does what meets archives; `nil` is the one beside this program.
  ///   - minute: what timeouts that the controller gives in minutes are counted in.
  public init(
    _ settings: ControllerSettings, backoff: Backoff = Backoff(), worker: String? = nil, minute: Duration = .seconds(60)
  ) {
    self.settings = settings
    self.backoff = backoff
    self.worker = worker
    self.minute = minute
  }

  /// Connects and serves requests, again and again until cancelled.
  ///
  /// - Throws: ``JenkinsError`` when the section cannot be used or the controller refuses this agent.
  public func serve(_ host: any AgentHost) async throws {
    let handshake = try await handshake(nodeName(host))
    let callables = try await callables(host)
    await callables.sandboxes.endAttached()
    await callables.sandboxes.resume()
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          while true {
            await callables.retention.run()
            try await Task.sleep(for: .seconds(3600))
          }
        }
        group.addTask {
          while true {
            try await Task.sleep(for: .seconds(600))
            await callables.sandboxes.endIdle(after: Self.longestIdle)
          }
        }
        defer { group.cancelAll() }
        try await stayConnected(handshake, callables.table, callables.sandboxes, host)
      }
    } catch {
      // What is durable goes on; the next agent takes it on.
      await callables.sandboxes.endAttached()
      await callables.sandboxes.detach()
      throw error
    }
  }

  /// How long the empty sandbox of a build waits for its next step: a pipeline may wait for people overnight.
  private static let longestIdle = Duration.seconds(24 * 3600)

  private func stayConnected(
    _ handshake: RemotingHandshake, _ callables: CallableTable, _ sandboxes: BuildSandboxes, _ host: any AgentHost
  ) async throws {
    var cookie: String?
    var failures = 0
    var isAvailable = false
    while true {
      // Before the connection: while there is none, Jenkins still knows why the node is offline.
      if !isAvailable { isAvailable = await becomeAvailable(host) }
      do {
        let (socket, acceptance) = try await connect(handshake, cookie)
        cookie = acceptance.cookie ?? cookie
        var callables = callables
        let version = GoingOnline.version(atLeast: acceptance.minimumVersion)
        callables[GoingOnline.versionQuestion] = { _, _ in .string(version) }
        failures = 0
        host.activity.isOnline(name)
        host.report("\(name): online at \(handshake.controller) as '\(handshake.node)'")
        try await RemotingChannel(socket, callables) { host.report("\(name): \($0)") }.serve()
        host.activity.isOffline(name, "the controller closed the connection")
        host.report("\(name): \(handshake.controller) closed the connection")
      } catch let error as JenkinsError where error.code == .refused || error.code == .configuration {
        throw error
      } catch {
        try Task.checkCancellation()
        host.activity.isOffline(name, "\(error)")
        host.report("\(name): \(error)")
      }
      await sandboxes.endAttached()
      let pause = backoff.pause(after: failures)
      failures += 1
      host.report("\(name): connecting again in \(pause.humanReadable)")
      try await Task.sleep(for: pause)
    }
  }

  private func nodeName(_ host: any AgentHost) -> String {
    settings.node ?? host.settings.agent.name ?? ProcessInfo.processInfo.hostName
  }

  /// Where the agent keeps what no controller can name.
  private func state(_ host: any AgentHost) -> String {
    "\(host.settings.agent.workdir ?? StandardPaths.stateDirectory())/.jenkins/\(name)"
  }

  // MARK: Being chosen

  /// Sets the node offline for a while, if agent.conf has a user's token that may; then Jenkins gives it no more work.
  public func drain(_ host: any AgentHost) async throws {
    guard let node = try JenkinsNode.configured(settings, name: nodeName(host)) else { return }
    let wasOnline: Bool
    do {
      wasOnline = try await node.setOffline {
        try FileSystem.makeDirectories(state(host))
        try FileSystem.writeAtomically([], to: drained(host))
      }
    } catch let error as JenkinsError {
      // After a lost connection it may be offline all the same.
      unlink(drained(host))
      throw error
    }
    host.report("\(name): the node \(wasOnline ? "is" : "was") offline in Jenkins\(wasOnline ? "" : " already")")
  }

  /// Remembers that it was the agent that set the node offline.
  private func drained(_ host: any AgentHost) -> String { state(host) + "/drained" }

  /// Sets the node online again if the agent has set it offline. Otherwise Jenkins is not asked: the library that does
  /// takes memory as long as the agent runs.
  ///
  /// - Returns: whether that is settled; otherwise Jenkins could not be asked.
  private func becomeAvailable(_ host: any AgentHost) async -> Bool {
    let record = drained(host)
    if host.activity.status.isDraining || access(record, F_OK) != 0 { return true }
    do {
      guard let node = try JenkinsNode.configured(settings, name: nodeName(host)) else { return true }
      switch try await node.bringOnline() {
      case .wasOnline: break
      case .isOnlineAgain: host.report("\(name): the node is online in Jenkins again")
      case .staysOffline(let reason):
        let words = reason.isEmpty ? "" : " (\(reason))"
        host.report("\(name): somebody has set the node offline in Jenkins\(words); it stays so")
      }
    } catch let error as JenkinsError where error.code != .unavailable {
      host.report("\(name): \(error); if the node is offline in Jenkins, it stays so")
      return true
    } catch {
      return false
    }
    unlink(record)
    return true
  }

  /// Connects and closes the connection again.
  func tryConnection() async throws {
    let (socket, _) = try await connect(try await handshake(settings.node ?? settings.name), nil)
    await socket.close()
  }

  private func handshake(_ node: String) async throws -> RemotingHandshake {
    guard let file = settings.secretFile else {
      throw JenkinsError(
        .configuration, "controller '\(name)' has no secretFile in agent.conf: the file with the node's secret")
    }
    let secret: String
    do {
      secret =
        String(decoding: try FileSystem.read(file, limit: 4096), as: UTF8.self)
        .trimmed
    } catch {
      throw JenkinsError(.configuration, "the secret of controller '\(name)' cannot be read: \(error)")
    }
    do {
      return RemotingHandshake(controller: try WebAddress(settings.url), node: node, secret: Secret(secret))
    } catch {
      throw JenkinsError(.configuration, "controller '\(name)': \(error)")
    }
  }

  /// - Returns: the connection, and what the controller said to it.
  private func connect(
    _ handshake: RemotingHandshake, _ cookie: String?
  ) async throws -> (WebSocket, RemotingHandshake.Acceptance) {
    switch try await WebSocket.connect(
      try handshake.address, headers: try handshake.headers(cookie: cookie), configuration: settings.httpConfiguration)
    {
    case .open(let socket, let headers): return (socket, try handshake.accepted(headers))
    case .refused(let status, let headers, let text): throw handshake.refusal(status, headers, text)
    }
  }

  /// - Returns: what the controller can ask, and the sandboxes that it is carried out in.
  private func callables(
    _ host: any AgentHost
  ) async throws -> (table: CallableTable, sandboxes: BuildSandboxes, retention: WorkspaceRetention) {
    let settings = host.settings
    let base = settings.agent.workdir ?? StandardPaths.stateDirectory()
    let isStrict = settings.sandbox.mode == .strict
    let node = self.settings.workdir ?? "\(base)/\(name)"
    let use = WorkspaceUse(node: node, stamps: state(host) + "/workspaces")
    let files = NodeFiles(
      directory: node, others: self.settings.paths, owner: isStrict ? Sandbox.strictFileOwner : nil, use: use)
    try await runBlocking { try FileSystem.makeDirectories(files.directory) }
    let program = try worker ?? (PathName.directory(of: ProgramPath.own()) + "/journeyman")
    let job = JobSetup(settings: settings, controller: name, allow: self.settings.allow, build: "")
    let jobs = BuildSandboxes.Jobs(
      setup: job, keeper: JobListener.Keeper(program: program) { [name] in host.report("\(name): \($0)") })
    let setup = BuildSandboxes.Setup(
      settings: settings.sandbox, state: state(host), node: files.directory,
      hidden: [
        StandardPaths.configurationDirectory(), StandardPaths.stateDirectory(), StandardPaths.cacheDirectory(),
        "/etc/journeyman",
      ], grace: .seconds(settings.agent.graceSeconds), jobs: isStrict ? jobs : nil)
    // What a process that was killed left of its credentials.
    try await runBlocking {
      try FileSystem.removeTree(setup.state + "/git")
      try FileSystem.makeDirectories(setup.state + "/workspaces", mode: 0o700)
    }
    let sandboxes = BuildSandboxes(setup, Executors(host.activity, of: name))
    await sandboxes.resume()
    let name = name
    let retention = WorkspaceRetention(
      use: use, sandboxes: sandboxes, keepSeconds: self.settings.keepSeconds ?? settings.agent.keepSeconds,
      keepSize: self.settings.keepSize ?? settings.agent.keepSize, longestIdle: Self.longestIdle
    ) { host.report("\(name): \($0)") }
    var table = CallableTable()
    table.use = use
    GoingOnline.add(to: &table)
    NodeMonitors.add(to: &table, temporary: StandardPaths.temporaryDirectory())
    FileCallables.add(to: &table, files)
    WorkspaceCleanup.add(to: &table, retention)
    DurableTasks.add(to: &table, files)
    let process = WorkerProcess(program: program)
    ArchiveCallables(files: files, worker: process).add(to: &table)
    GitCallables(
      setup: GitRepository.Setup(
        files: files, worker: process, checkout: settings.checkout, localRepositories: self.settings.paths,
        scratch: setup.state + "/git", minute: minute)
    ).add(to: &table)
    BrowserCallables(files: files, worker: process).add(to: &table)
    NodeInformation.add(to: &table, environment: StandardPaths.processEnvironment)
    TestReportCallables(files: files, worker: process).add(to: &table)
    let home = isStrict ? "/root" : StandardPaths.home()
    ProcessCallables(
      files: files, sandboxes: sandboxes, setup: setup,
      environment: ProcessCallables.inherited(StandardPaths.processEnvironment, home: home)
    ).add(to: &table)
    return (table, sandboxes, retention)
  }
}
