import Foundation
package import JourneymanActionKit
import JourneymanActionSupport

/// `target: appspec`: installs a CodeDeploy AppSpec revision on this machine.
///
/// The documented behaviour of CodeDeploy's agent is kept, with these exceptions, each for what its users suffer from:
///
/// - The revision is unpacked and checked whole before the first script runs, so that a broken one stops nothing.
/// - What is deployed is recorded when a deployment has ended well, not when its files are copied: the scripts of a
///   revision that never worked are never run to stop it.
/// - A deployment that fails, or is killed, is undone: files are as they were, byte for byte and with their owners, modes
///   and lists; the previous revision is started again (`restart-previous`).
/// - Scripts run in the revision's directory, and their paths may hold blanks. Messages name the revision whose script
///   runs. `force` goes on when the previous revision's scripts fail or are gone.
/// - What a script leaves running with the script's output open fails it within half a minute, not after an hour.
/// - An unquoted `mode: 0644` means 0644. Owners are set before modes, so that set-user-ID bits of `permissions` stay;
///   those of the archive are left out. `appspec.yaml` is as good as `appspec.yml`.
/// - The file is read strictly: unknown keys, events and values are errors with their lines.
package struct AppSpecTarget: DeployTarget {
  private let settings: AppSpecSettings
  private let observer: @Sendable (String) -> Void
  private let patience: HookPatience

  /// Takes settings that were checked.
  package init(_ settings: AppSpecSettings) { self.init(settings, patience: HookPatience()) { _ in } }

  /// For tests.
  ///
  /// - Parameter observer: told of each step of the record before and after it is carried out.
  package init(
    _ settings: AppSpecSettings, patience: HookPatience, observer: @escaping @Sendable (String) -> Void
  ) {
    self.settings = settings
    self.patience = patience
    self.observer = observer
  }

  /// Deploys; what fails is undone.
  ///
  /// - Throws: `PluginError` when nothing was changed, or something could not be put back; `CancellationError` after
  ///   everything was undone.
  package func deploy(_ context: ActionContext) async throws -> ActionOutcome {
    try context.requireHost(plugin: "deploy", "deploying to this machine")
    let paths = DeploymentPaths(root: settings.stateRoot, group: settings.groupName(of: context.build))
    let group = try await HostFiles.onOwnThread { try DeploymentGroup(paths) }
    let recovery = Recovery(group: group, context: context, observer: observer)
    try await recovery.recover(grace: patience.termination)
    let previous = try DeployedState.read(paths.state)
    let id = try await HostFiles.onOwnThread { try group.makeDeployment() }
    var outputs = ["deployment-id": id, "log": paths.log(id)]
    outputs["previous-deployment-id"] = previous?.deployment
    let revision: Revision
    do {
      revision = try await unpack(id, paths, context)
    } catch {
      // Nothing has begun: no trace of it is worth keeping.
      try await HostFiles.onOwnThread { try HostFiles.removeTree(paths.deployment(id)) }
      throw error
    }
    let deployment = Deployment(
      id: id, group: group, revision: revision, revisionName: revisionName(context), previous: previous,
      settings: settings, hooks: try hooks(id, paths, context), context: context, recovery: recovery,
      observer: observer)
    let outcome: ActionOutcome
    do {
      let summary = try await deployment.run()
      outcome = .succeeded(summary, outputs: outputs)
    } catch let failure as HookFailure {
      outputs["error-code"] = "\(failure.code.rawValue)"
      try HostFiles.writeAtomically(failure.diagnostics, to: paths.diagnostics(id))
      outcome = .failed("deployment \(id) failed: \(failure)", outputs: outputs)
    }
    let current = try DeployedState.read(paths.state)?.deployment
    try await HostFiles.onOwnThread { [settings] in try group.prune(keeping: settings.keep ?? 5, current: current) }
    return outcome
  }

  private func unpack(_ id: String, _ paths: DeploymentPaths, _ context: ActionContext) async throws -> Revision {
    let name = settings.revision ?? ""
    let archive = paths.archive(id)
    if let file = try? context.workspace.open(name) {
      _ = try await ArchiveExtraction.unpack(file, into: archive)
    } else {
      try await SourceTree(name, of: context.workspace).copy(to: archive)
    }
    let revision = try await Revision.unpacked(in: archive)
    try await MachineTools(context: context).check(for: revision.spec)
    return revision
  }

  private func revisionName(_ context: ActionContext) -> String {
    context.build.revision ?? "\(settings.revision ?? "") of build \(context.build.number)"
  }

  private func hooks(_ id: String, _ paths: DeploymentPaths, _ context: ActionContext) throws -> HookRunner {
    let group = settings.groupName(of: context.build)
    var variables = [
      "DEPLOYMENT_ID": id, "APPLICATION_NAME": settings.applicationName(of: context.build),
      "DEPLOYMENT_GROUP_NAME": group, "DEPLOYMENT_GROUP_ID": group,
    ]
    variables["BUNDLE_COMMIT"] = context.build.revision
    return HookRunner(
      context: context, paths: paths, deployment: id, variables: variables,
      log: try ScriptsLog(paths.log(id), context: context), patience: patience)
  }
}
