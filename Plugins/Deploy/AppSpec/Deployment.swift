import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// One deployment: its events in order, and the way back when one fails.
struct Deployment: Sendable {
  let id: String
  let group: DeploymentGroup
  let revision: Revision
  /// What is deployed, for people.
  let revisionName: String
  let previous: DeployedState?
  let settings: AppSpecSettings
  let hooks: HookRunner
  let context: ActionContext
  let recovery: Recovery
  let observer: @Sendable (String) -> Void

  private var isForced: Bool { settings.force ?? false }
  private var restarts: Bool { settings.restartPrevious ?? true }

  /// How far a deployment came.
  private struct Progress {
    var hasStopped = false
    var hasStarted = false
    var plan: InstallPlan?
  }

  /// Carries it out.
  ///
  /// - Returns: a sentence about it.
  /// - Throws: ``HookFailure``, `PluginError` or `CancellationError` after everything was undone; `PluginError` also when
  ///   something could not be put back.
  func run() async throws -> String {
    try checkScripts()
    context.log(
      "Deployment \(id) of revision \(revisionName)"
        + (previous.map { ", in place of \($0.revision) (deployment \($0.deployment))" } ?? ", the first of its group"))
    var progress = Progress()
    do {
      var transaction = try await HostFiles.onOwnThread { [group, id, observer] in
        try InstallTransaction(group.paths, deployment: id, observer: observer)
      }
      let old = try await previousRevision()
      for event in LifecycleEvent.allCases {
        try Task.checkCancellation()
        observer("event \(event.rawValue)")
        if event == .install {
          (transaction, progress.plan) = try await install(transaction)
        } else if event.belongsToPrevious {
          try await runPrevious(event, old)
          if event == .applicationStop { progress.hasStopped = true }
        } else {
          if event == .applicationStart { progress.hasStarted = true }
          try await hooks.run(event, of: revision.spec, in: revision.root)
        }
      }
      // From here on a cancelled build changes nothing any more.
      try Task.checkCancellation()
      try await commit(progress.plan ?? InstallPlan())
    } catch {
      try await undo(progress, after: error)
      throw error
    }
    let files = progress.plan?.items.count { !$0.isDirectory } ?? 0
    return "deployed \(revisionName): \(files) \(files == 1 ? "file" : "files"), deployment \(id)"
  }

  /// A revision whose scripts are not there is found out before anything is stopped.
  private func checkScripts() throws(HookFailure) {
    for event in LifecycleEvent.allCases {
      for hook in revision.spec.hooks[event] ?? [] where !exists(revision.root + "/" + hook.location) {
        throw HookFailure(
          code: .missing, event: event, script: hook.location,
          message: "Script does not exist at specified location: \(hook.location) (\(revision.spec.name):\(hook.line))")
      }
    }
  }

  /// The revision that runs so far; `nil` when there is none, or when it cannot be used and that shall not matter.
  private func previousRevision() async throws -> Revision? {
    guard let previous else { return nil }
    do {
      return try await Revision.deployed(in: group.paths.archive(previous.deployment))
    } catch {
      let problem =
        "the previous revision \(previous.revision) (deployment \(previous.deployment)) cannot be used to "
        + "stop the application: \(error)"
      if isForced {
        context.log(problem + "; going on without it, because of 'force'", .warning)
        return nil
      }
      throw PluginError(.failed, problem + "; set 'force: true' to go on without it", underlying: error)
    }
  }

  private func runPrevious(_ event: LifecycleEvent, _ old: Revision?) async throws {
    guard let previous, let old else { return }
    let name = "the previous revision \(previous.revision) (deployment \(previous.deployment))"
    if old.spec.hooks[event]?.isEmpty == false { context.log("\(event.rawValue) by the scripts of \(name)") }
    do {
      try await hooks.run(event, of: old.spec, in: old.root)
    } catch var failure as HookFailure {
      failure.message += ", a script of \(name)"
      if !isForced {
        failure.message += "; set 'force: true' to go on when it fails"
        throw failure
      }
      hooks.log.write("\(failure); going on, because of 'force'", .warning)
    }
  }

  private func install(_ transaction: InstallTransaction) async throws -> (InstallTransaction, InstallPlan) {
    hooks.log.write("LifecycleEvent - Install")
    let tools = MachineTools(context: context)
    var transaction = transaction
    for label in previous?.labels ?? [] {
      let number = try transaction.record([.unlabel(label)])
      try transaction.begin(number, "unlabel \(label.path)")
      try await tools.unlabel(label)
    }
    let behavior =
      revision.spec.existingFiles ?? settings.fileExistsBehavior.flatMap { AppSpec.ExistingFiles(rawValue: $0) }
    let work = { @Sendable [previous, revision, settings, transaction] in
      var transaction = transaction
      try transaction.remove(previous?.installed ?? [])
      let plan = try InstallPlanner.plan(
        try revision.relisted(), existingFiles: behavior ?? .disallow, keepingOutOf: settings.stateRoot)
      try transaction.install(plan)
      return (transaction, plan)
    }
    let plan: InstallPlan
    (transaction, plan) = try await HostFiles.onOwnThread(work)
    for path in plan.retained { context.log("\(path) exists and stays as it is (RETAIN)") }
    for warning in plan.warnings { context.log(warning, .warning) }
    try await tools.setLists(plan)
    for label in plan.labels {
      let number = try transaction.record([.label(label)])
      try transaction.begin(number, "label \(label.path)")
      try await tools.label(label)
    }
    // Every step is done: what scripts make of the files from now on is undone with them.
    try transaction.begin(transaction.journal.count, "installed")
    return (transaction, plan)
  }

  private func commit(_ plan: InstallPlan) async throws {
    let state = DeployedState(
      deployment: id, revision: revisionName, time: Int64(Date().timeIntervalSince1970),
      installed: plan.items.map { .init(path: $0.path, kind: $0.isDirectory ? .directory : .file) },
      labels: plan.labels)
    try await HostFiles.onOwnThread { [group, observer, id] in
      try plan.flush()
      observer("begin commit")
      try state.write(to: group.paths.state)
      observer("committed")
      try group.close(id)
      observer("closed")
    }
  }

  /// The way back; it is gone to its end, also when the build was stopped.
  private func undo(_ progress: Progress, after error: any Error) async throws {
    try await Task { [self] in
      let reason = error is CancellationError ? "the build was stopped" : "\(error)"
      hooks.log.write("Deployment \(id) is undone: \(reason)", .error)
      if progress.hasStarted && restarts { await tryScripts(.applicationStop, of: revision, "the failed revision") }
      try await recovery.undo()
      hooks.log.write("The files of before the deployment are back")
      guard restarts, progress.hasStopped, let old = try? await previousRevision() else { return }
      for event in [LifecycleEvent.applicationStart, .validateService] {
        await tryScripts(event, of: old, "the previous revision \(previous?.revision ?? "")")
      }
    }.value
  }

  private func tryScripts(_ event: LifecycleEvent, of revision: Revision, _ name: String) async {
    guard revision.spec.hooks[event]?.isEmpty == false else { return }
    hooks.log.write("\(event.rawValue) by the scripts of \(name)")
    do {
      try await hooks.run(event, of: revision.spec, in: revision.root)
    } catch {
      hooks.log.write("\(error)", .warning)
    }
  }
}

extension InstallPlan {
  /// The SELinux labels to set.
  var labels: [DeployedState.Labelled] {
    items.compactMap { item in item.context.map { .init(path: item.path, context: $0) } }
  }

  /// Writes what was installed to disk. Blocks.
  func flush() throws {
    var devices: Set<dev_t> = []
    for item in items {
      let directory = item.isDirectory ? item.path : PathText.parent(of: item.path)
      var status = stat()
      guard stat(directory, &status) == 0, devices.insert(status.st_dev).inserted else { continue }
      try HostFiles.flushFileSystem(of: directory)
    }
  }
}
