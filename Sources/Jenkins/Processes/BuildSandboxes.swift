internal import Foundation
internal import JourneymanJob
internal import JourneymanSandbox
internal import JourneymanSupport

/// The sandboxes of a controller's builds: one for each node cookie (a pipeline's `node` block) or build tag, opened by
/// the first launch, shared by later and parallel ones, and ended by the controller's KillTask.
///
/// A sandbox outlives this process while something runs in it: the next launch of the same build takes it on again.
actor BuildSandboxes {
  /// What is the same for all of them.
  struct Setup: Sendable {
    let settings: SandboxSettings
    /// The agent's own directory for records, homes and temporary files, which no controller can name.
    let state: String
    /// The node's directory.
    let node: String
    /// Further paths no build may see.
    let hidden: [String]
    let grace: Duration
    /// How jobs reach this agent; `nil` when they do not: only a strict sandbox keeps from a job what the agent can read.
    var jobs: Jobs?
  }

  /// How jobs have `journeyman run` kept by this agent.
  struct Jobs: Sendable {
    /// What the processes that keep builds are told; the build's name is each job's own.
    let setup: JobSetup
    /// How they are started.
    let keeper: JobListener.Keeper
  }

  private let setup: Setup
  private let executors: Executors
  private var sandboxes: [String: Task<DurableSandbox, any Error>] = [:]
  private var lastUse: [String: ContinuousClock.Instant] = [:]
  /// The workspaces of the builds that are known, also of those that wait for an executor.
  private var workspaces: [String: Set<String>] = [:]
  /// The sockets of the jobs, by the names of their directories.
  private var listeners: [String: JobListener] = [:]
  /// How many launches are under way, by build.
  private var launching: [String: Int] = [:]

  init(_ setup: Setup, _ executors: Executors) {
    self.setup = setup
    self.executors = executors
  }

  /// The home directory as builds see it; outside of strict sandboxes each build has one of its own.
  static func home(_ settings: SandboxSettings, _ state: String, _ key: String) -> String {
    settings.mode == .strict ? "/root" : BuildDirectory(key, in: state).home
  }

  /// The build that a launch belongs to.
  static func key(of environment: [String: String]) -> String {
    environment["JENKINS_NODE_COOKIE"] ?? environment["BUILD_TAG"] ?? "other"
  }

  /// Whether a build goes on while there is no connection: a pipeline does, a freestyle build has failed by then.
  static func outlivesConnection(_ environment: [String: String]) -> Bool { environment["JENKINS_NODE_COOKIE"] != nil }

  private func directory(_ key: String) -> BuildDirectory { BuildDirectory(key, in: setup.state) }

  /// The sandbox of a build: the one that runs, one of an earlier process, or a new one.
  ///
  /// - Parameters:
  ///   - workspace: the build's workspace; it and its `@tmp` are what the build sees of the node's directory, beside the
  ///     node's tools.
  ///   - outlivesConnection: whether the build goes on when the connection is lost.
  ///   - waiting: takes a line for the job's log when the build has to wait for an executor.
  /// - Throws: `SandboxError` when the machine cannot do what agent.conf promises.
  func sandbox(
    for key: String, workspace: String, outlivesConnection: Bool, waiting: @Sendable (String) async -> Void
  ) async throws -> DurableSandbox {
    lastUse[key] = .now
    workspaces[key, default: []].insert(workspace)
    launching[key, default: 0] += 1
    defer { launching[key] = launching[key].flatMap { $0 > 1 ? $0 - 1 : nil } }
    // One that an earlier process has left has its executor already.
    if directory(key).hasRecord {
      executors.resume(key)
    } else {
      do {
        try await executors.begin(key, waiting: waiting)
      } catch {
        if sandboxes[key] == nil, launching[key] == 1 { workspaces[key] = nil }
        throw error
      }
    }
    do {
      // It may have been given up while it waited.
      try Task.checkCancellation()
      return try await openSandbox(for: key, workspace: workspace, outlivesConnection)
    } catch {
      if sandboxes[key] == nil, launching[key] == 1 {
        executors.end(key)
        workspaces[key] = nil
      }
      throw error
    }
  }

  private func openSandbox(
    for key: String, workspace: String, _ outlivesConnection: Bool
  ) async throws -> DurableSandbox {
    if let opening = sandboxes[key] {
      let sandbox = try await opening.value
      // One that has ended by itself, or has died, does not answer.
      if (try? await sandbox.commands()) != nil { return sandbox }
      if sandboxes[key] == opening { sandboxes[key] = nil }
      return try await openSandbox(for: key, workspace: workspace, outlivesConnection)
    }
    let setup = setup
    listen(directory(key))
    let opening = Task { try await Self.open(key, workspace, outlivesConnection, setup) }
    sandboxes[key] = opening
    do {
      return try await opening.value
    } catch {
      sandboxes[key] = nil
      throw error
    }
  }

  /// Lets a job reach this agent. A build can do without, so that what is wrong is only reported.
  private func listen(_ build: BuildDirectory) {
    guard let jobs = setup.jobs, listeners[build.name] == nil else { return }
    var own = jobs.setup
    own.build = build.name
    do {
      try FileSystem.makeDirectories(build.path, mode: 0o700)
      listeners[build.name] = try JobListener(in: build.job, own, jobs.keeper)
    } catch {
      jobs.keeper.report("'journeyman run' does not work inside \(build.name): \(error)")
    }
  }

  /// What a build needs to reach this agent.
  ///
  /// - Parameter path: the search path so far.
  func jobVariables(path: String?) -> [String: String] {
    guard setup.jobs != nil else { return [:] }
    var variables = [JobPlace.variable: JobPlace.directory]
    if let path { variables["PATH"] = path + ":" + JobPlace.programs }
    return variables
  }

  private static func open(
    _ key: String, _ workspace: String, _ outlivesConnection: Bool, _ setup: Setup
  ) async throws -> DurableSandbox {
    let directory = BuildDirectory(key, in: setup.state)
    if directory.hasRecord, let sandbox = try await DurableSandbox.adopt(record: directory.record) { return sandbox }
    try await runBlocking {
      try directory.make(endsWithConnection: !outlivesConnection)
      for name in ["", "@tmp"] { try FileSystem.makeDirectories(workspace + name) }
    }
    let settings = setup.settings
    var policy = SandboxPolicy(
      mode: SandboxPolicy.Mode(rawValue: settings.mode.rawValue) ?? .strict,
      system: settings.system == .overlay ? .overlay : .readonly, network: settings.network)
    policy.workspaces = [.init(source: workspace, view: .agentDirectory)]
    policy.mounts = [
      .init(source: workspace + "@tmp", access: .writable),
      .init(source: directory.home, path: home(settings, setup.state, key), access: .writable),
    ]
    if access(setup.node + "/tools", F_OK) == 0 {
      policy.mounts.append(.init(source: setup.node + "/tools", access: .readOnly))
    }
    if let jobs = setup.jobs {
      policy.mounts += [
        .init(source: directory.job, path: JobPlace.directory, access: .readOnly),
        .init(source: jobs.keeper.program, path: JobPlace.programs + "/journeyman", access: .readOnly),
      ]
    }
    policy.mounts += settings.readOnly.map { .init(source: $0, access: .readOnly) }
    policy.mounts += settings.writable.map { .init(source: $0, access: .writableForUser) }
    policy.hidden = settings.hidden + setup.hidden + [setup.state, setup.node]
    policy.limits = SandboxPolicy.Limits(
      memory: settings.memory, processes: settings.processes.map { Int($0) }, fileSize: settings.fileSize,
      openFiles: settings.openFiles.map { Int($0) }, disk: settings.disk, processors: settings.cpu)
    return try await DurableSandbox.start(policy, record: directory.record)
  }

  /// Ends what belongs to an environment: the whole sandbox when it names a build, else the processes within any sandbox
  /// that have all these variables.
  func kill(_ environment: [String: String]) async throws {
    if environment.isEmpty { return }
    if let key = environment["JENKINS_NODE_COOKIE"] ?? environment["BUILD_TAG"] { return try await end(key) }
    for opening in sandboxes.values {
      guard let sandbox = try? await opening.value else { continue }
      if setup.settings.mode != .strict {
        await sandbox.terminate(havingAll: environment, grace: setup.grace)
        continue
      }
      let hunt = ProcessHunt.command(environment, grace: setup.grace)
      guard let id = try? sandbox.start(hunt) else { continue }
      _ = try? await sandbox.result(of: id)
      sandbox.forget(id)
    }
  }

  private func end(_ key: String) async throws {
    defer {
      executors.end(key)
      workspaces[key] = nil
    }
    lastUse[key] = nil
    let directory = directory(key)
    listeners.removeValue(forKey: directory.name)?.close()
    if let opening = sandboxes.removeValue(forKey: key) {
      try await opening.value.end()
    } else if directory.hasRecord {
      try await DurableSandbox.adopt(record: directory.record)?.end()
    }
    try await runBlocking { try directory.remove() }
  }

  /// Takes on what earlier processes have left running, with its executors.
  func resume() async {
    for directory in await all() where sandboxes[directory.key] == nil {
      if directory.hasRecord, let sandbox = try? await DurableSandbox.adopt(record: directory.record) {
        sandboxes[directory.key] = Task { sandbox }
        lastUse[directory.key] = .now
        workspaces[directory.key] = Set(DurableSandbox.trace(record: directory.record)?.workspaces ?? [])
        executors.resume(directory.key)
        listen(directory)
      }
    }
  }

  /// Ends the builds that do not go on without a connection, also those of an earlier process.
  func endAttached() async {
    for directory in await all() where directory.endsWithConnection { try? await end(directory.key) }
  }

  private func all() async -> [BuildDirectory] {
    let state = setup.state
    return (try? await runBlocking { BuildDirectory.all(in: state) }) ?? []
  }

  /// Ends those that nothing runs in and nobody has asked for in so long a time: their builds are forgotten.
  func endIdle(after idle: Duration) async {
    for (key, opening) in sandboxes where ContinuousClock.now - (lastUse[key] ?? .now) > idle {
      if let sandbox = try? await opening.value, !sandbox.isEmpty { continue }
      try? await end(key)
    }
  }

  /// Lets go of all: those that something runs in go on.
  func detach() async {
    for opening in sandboxes.values { (try? await opening.value)?.detach() }
    for listener in listeners.values { listener.close() }
    (sandboxes, listeners) = ([:], [:])
  }

  // MARK: What is left

  /// The workspaces of all builds that are there: those of this process, and durable ones that it has not met yet.
  func workspacesInUse() async throws -> Set<String> {
    let builds = setup.state + "/builds"
    let recorded = try await runBlocking {
      try Self.names(in: builds).map { DurableSandbox.trace(record: "\(builds)/\($0)/sandbox") }
    }
    let durable = recorded.flatMap { $0.map { $0.isRunning ? $0.workspaces : [] } ?? [] }
    return workspaces.values.reduce(into: Set(durable)) { $0.formUnion($1) }
  }

  /// Removes homes and records of builds that were lost: nothing of them runs, and for so long nobody has asked for them.
  ///
  /// - Returns: how many there were.
  func removeLost(after idle: Duration) async throws -> Int {
    let builds = setup.state + "/builds"
    // What is known now is not lost until as long after this process has ended.
    for key in workspaces.keys { utimensat(AT_FDCWD, directory(key).path, nil, AT_SYMLINK_NOFOLLOW) }
    let lost = try await runBlocking {
      try Self.names(in: builds).filter { name in
        var status = stat()
        guard lstat("\(builds)/\(name)", &status) == 0 else { return false }
        let isOld = Double(time(nil) - status.st_mtim.tv_sec) > idle / .seconds(1)
        return isOld && DurableSandbox.trace(record: "\(builds)/\(name)/sandbox")?.isRunning != true
      }
    }
    for name in lost where !workspaces.keys.contains(where: { directory($0).path == "\(builds)/\(name)" }) {
      // Under a name that no build has: from here on the next launch of the build begins afresh.
      let doomed = name.hasPrefix(".") ? name : ".\(name)"
      if rename("\(builds)/\(name)", "\(builds)/\(doomed)") != 0 { continue }
      if access("\(builds)/\(doomed)/sandbox/record.json", F_OK) == 0 {
        _ = try await DurableSandbox.adopt(record: "\(builds)/\(doomed)/sandbox")
      }
      listeners.removeValue(forKey: name)?.close()
      try await Leftovers.remove("\(builds)/\(doomed)")
    }
    return lost.count
  }

  private static func names(in directory: String) throws -> [String] {
    if access(directory, F_OK) != 0 { return [] }
    let open = try FileSystem.open(directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    return try FileSystem.entryNames(of: open.number, shown: directory).compactMap(\.text)
  }
}
