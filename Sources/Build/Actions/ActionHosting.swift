import Foundation
import JourneymanActionHost
import JourneymanActionKit
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSandbox
import JourneymanSupport
import JourneymanTransport

/// Gives one action what it was granted, runs it, and takes everything back.
struct ActionHosting {
  let action: ActionCheck.Prepared
  let session: BuildSession
  let site: BuildSite
  let catalog: PluginCatalog
  /// The action's private directory.
  let directory: String

  /// - Throws: what the plugin throws, or why it could not be run.
  func run() async throws -> ActionOutcome {
    let entry = action.entry
    let actionSite = try actionSite()
    let services = HostServices(plugin: entry.plugin, site: actionSite, ears: ears)
    let context = ActionContext(
      name: entry.name, build: build, workspace: try await workspace(),
      output: OutputFiles(path: actionSite.outputDirectory),
      environment: environment, secrets: try await secrets(),
      artifacts: session.artifacts.map(ArtifactDescription.init),
      isHostGranted: actionSite.isHostGranted, services: services)
    let run = action.run
    do {
      let outcome = try await TimeLimit.run(limit) {
        [actionSession = ActionSession(context: context, site: actionSite)] in
        try await run(actionSession)
      }
      await services.end()
      return outcome
    } catch {
      await services.end()
      throw error
    }
  }

  /// How long the action may take: what the buildspec says, else as long as a phase.
  private var limit: Duration? {
    action.entry.timeout ?? session.request.settings.agent.phaseTimeoutSeconds.map { .seconds($0) }
  }

  private func actionSite() throws -> ActionSite {
    let (request, manifest) = (session.request, action.plugin.manifest)
    let grant = catalog.grant(of: action.entry.plugin)
    let isNetworkGranted = manifest.network && (action.plugin.origin == .builtIn || grant.network)
    var policy = SandboxPolicy(
      mode: SandboxPolicy.Mode(rawValue: request.settings.sandbox.mode.rawValue) ?? .strict, system: .readonly,
      network: isNetworkGranted, hostName: "plugin")
    policy.hidden = request.settings.sandbox.hidden + RoomPaths.agentDirectories(request)
    let limits = request.settings.sandbox
    policy.limits = SandboxPolicy.Limits(
      memory: limits.memory, processes: limits.processes.map { Int($0) }, fileSize: limits.fileSize,
      openFiles: limits.openFiles.map { Int($0) }, disk: limits.disk, processors: limits.cpu)
    try FileSystem.makeDirectories(directory + "/files/output", mode: 0o700)
    var web = HTTPConfiguration()
    web.caFile = request.settings.plugins.caFile
    web.proxy = request.settings.plugins.proxy
    return ActionSite(
      runner: site.runner, command: { [site] in site.command($0) }, output: session.output, directory: directory,
      policy: policy, isHostGranted: manifest.host && grant.host,
      hostEnvironment: StandardPaths.processEnvironment, web: isNetworkGranted ? web : nil,
      teardown: [.terminate(after: .seconds(request.settings.agent.graceSeconds)), .kill])
  }

  private var ears: HostServices.Ears {
    let (link, entry) = (session.link, action.entry)
    return HostServices.Ears(
      log: { text, level in
        let kind: BuildEvent.MessageLevel = level == .error ? .error : level == .warning ? .warning : .info
        link.emit(.message(kind, text))
      },
      progress: { text, done, total in
        link.emit(.progress("\(entry.name): \(text.prefix(200))", done: done, total: total))
      },
      decide: { question in
        let decision = try await withTaskCancellationHandler {
          try await link.decision(
            BuildQuestion(
              action: entry.name, plugin: entry.plugin, text: question.text, timeoutSeconds: question.timeoutSeconds))
        } onCancel: {
          link.forgetDecision()
        }
        return Decision(isApproved: decision.isApproved, by: decision.by, comment: decision.comment)
      })
  }

  private var build: BuildDescription {
    BuildDescription(
      id: session.request.id, number: session.request.number, project: session.request.project,
      source: session.source.url, revision: session.source.revision, isSucceeding: session.isSucceeding)
  }

  private func workspace() async throws -> WorkspaceFiles {
    let descriptor = try await site.openDirectory(site.sourceDirectory)
    return WorkspaceFiles(takingDirectory: descriptor.release(), path: site.sourceDirectory)
  }

  /// What the manifest wants and agent.conf grants, and the outputs of earlier actions.
  private var environment: [String: String] {
    let granted = Set(catalog.grant(of: action.entry.plugin).environment)
    let wanted = action.plugin.manifest.environment.map(\.name).filter { granted.contains($0) }
    var variables = session.actionVariables
    for name in wanted { variables[name] = session.request.pluginEnvironment[name] }
    return variables
  }

  private func secrets() async throws -> PluginSecrets {
    let names = action.entry.secrets
    if names.isEmpty { return PluginSecrets([:]) }
    let values = try await session.link.secrets(names.map { SecretReference(kind: .action, name: $0) })
    return PluginSecrets(Dictionary(zip(names, values.map { PluginSecret($0) })) { $1 })
  }
}

extension ArtifactDescription {
  fileprivate init(_ artifact: ArtifactResult) {
    self.init(
      identifier: artifact.identifier, file: artifact.file, bytes: artifact.bytes, sha256: artifact.sha256,
      sealed: artifact.sealed)
  }
}

/// Bounds the time of asynchronous work.
enum TimeLimit {
  /// Runs work and cancels it when its time is up; waits for it in any case.
  ///
  /// - Throws: what the work throws; `PluginError` when its time was up.
  static func run<Value: Sendable>(
    _ limit: Duration?, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard let limit else { return try await work() }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      guard let first = try await group.next(), let value = first else {
        group.cancelAll()
        while let rest = try? await group.next() { if let value = rest { return value } }
        throw PluginError(.failed, "timed out after \(limit.humanReadable)")
      }
      group.cancelAll()
      return value
    }
  }
}
