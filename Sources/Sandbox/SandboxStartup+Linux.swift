import CSandbox
import Foundation
import JourneymanSupport

/// The one path from a policy to a running sandbox.
struct SandboxStartup {
  private let policy: SandboxPolicy
  private let listener: OwnedFile?

  /// - Parameter listener: a listening socket, when the sandbox is to outlive this process.
  init(_ policy: SandboxPolicy, listener: OwnedFile? = nil) {
    self.policy = policy
    self.listener = listener
  }

  func run() async throws -> SandboxParts {
    try PolicyCheck.check(policy)
    let lease = policy.mode == .strict ? try UserLease.take(usersFiles: writesUsersFiles, removed: policy.removed) : nil
    let scratch = try await Scratch.take(policy, map: lease?.map)
    let group = policy.mode == .off ? nil : ControlGroup.make(for: policy.limits, removed: policy.removed)
    do {
      let (parts, plan) = try await start(lease, scratch, group)
      do {
        try await checkReady(parts.connection, plan)
        // Before the first command, what there is does not count.
        if policy.limits.disk != nil { _ = try await runBlocking { parts.watch.measure() } }
      } catch {
        parts.process.signal(SIGKILL)
        _ = await parts.process.wait()
        throw error
      }
      return parts
    } catch {
      group?.remove()
      try? await scratch?.giveBack(map: lease?.map)
      guard let error = error as? SandboxError else {
        throw SandboxError(.system, "cannot start the sandbox: \(error)", underlying: error)
      }
      throw explained(error)
    }
  }

  /// Starts init with its plan.
  private func start(
    _ lease: UserLease?, _ scratch: Scratch?, _ group: ControlGroup?
  ) async throws -> (SandboxParts, SetupPlan) {
    let joined = try group?.open() ?? []
    var request = SpawnRequest(executable: try InitProgram.path(), arguments: ["journeyman-init"], environment: [])
    // The death of a PID namespace's first process is the end of it; any other init has to live on to sweep.
    request.diesWithParent = listener == nil && policy.mode == .strict
    // The first process of a PID namespace gets no signal from a terminal anyway, because it blocks them all.
    request.newSession = !request.diesWithParent
    request.cgroups = joined.map(\.number)
    if policy.mode == .strict {
      request.namespaces = namespaces
      if hasUserNamespace { request.keptCapabilities = StrictPlan.builderCapabilities }
    }
    let map = hasUserNamespace ? lease?.map : nil
    let sources = HostSources(map: lease?.map ?? .single())
    defer { withExtendedLifetime((sources, joined)) {} }
    let plan = try await makePlan(sources, lease, scratch, hard: group?.controllers ?? [])
    let (process, connection) = try await InitConnection.start(request, plan: plan, descriptors: sources.descriptors) {
      [translations = sources.translations] processID throws(SandboxError) in
      try map?.apply(to: processID)
      try translations.apply(for: processID)
    }
    return (makeParts(connection, process, lease, group, scratch), plan)
  }

  private func makePlan(
    _ sources: HostSources, _ lease: UserLease?, _ scratch: Scratch?, hard: Set<ControlGroup.Controller>
  ) async throws -> SetupPlan {
    let durable = listener.map { DurableDescriptors(listener: $0.number, lock: lease?.lockDescriptor) }
    if policy.mode == .strict {
      return try StrictPlan(
        policy, map: lease?.map ?? .single(), sources: sources, secrets: try await SystemSecrets.toHide(from: policy),
        durable: durable, hard: hard, filter: try SystemCallFilter.standard.get()
      ).plan
    }
    let workspaces = workspacePaths(scratch)
    try await runBlocking { try copyWorkspaces(to: workspaces) }
    return try BasicPlan(
      policy, scratch: scratch?.path, workspaces: workspaces, hard: hard, durable: try durable?.steps(sources) ?? []
    ).plan
  }

  private func checkReady(_ connection: InitConnection, _ plan: SetupPlan) async throws(SandboxError) {
    guard let reply = await connection.ready() else {
      throw SandboxError(.system, "cannot start the sandbox: journeyman-init ended while it was building it")
    }
    if sandbox_message_type(reply.message.type) == SANDBOX_MESSAGE_READY { return }
    let index = Int(reply.message.value)
    let phrase = plan.steps.indices.contains(index) ? plan.steps[index].phrase : "build the sandbox"
    let error = SystemError(phrase, number: reply.message.error)
    throw SandboxError(.unsupported, "the sandbox \(error); see `journeyman doctor`", underlying: error)
  }

  private func makeParts(
    _ connection: InitConnection, _ process: ChildProcess, _ lease: UserLease?, _ group: ControlGroup?,
    _ scratch: Scratch?
  ) -> SandboxParts {
    let kill: @Sendable () -> Void = { [mode = policy.mode] in
      if mode == .strict { process.signal(SIGKILL) } else { connection.tell(SANDBOX_MESSAGE_END) }
    }
    let watch = LimitWatch(
      watchedLimits, places: policy.writtenPlaces(scratch: scratch?.path),
      soft: Set(ControlGroup.Controller.allCases).subtracting(group?.controllers ?? []), processID: process.processID,
      end: kill)
    return SandboxParts(
      mode: policy.mode, connection: connection, process: process, lease: lease, group: group, scratch: scratch,
      watch: watch, notices: [lease?.notice].compactMap(\.self), workspacePaths: workspacePaths(scratch))
  }

  /// What the watch looks at: nothing that a test has taken away.
  private var watchedLimits: SandboxPolicy.Limits {
    var limits = policy.limits
    if policy.removed.contains(.memoryLimit) { limits.memory = nil }
    if policy.removed.contains(.processLimit) { limits.processes = nil }
    if policy.removed.contains(.diskLimit) { limits.disk = nil }
    return limits
  }

  private func workspacePaths(_ scratch: Scratch?) -> [String] {
    policy.workspaces.enumerated().map { index, workspace in
      if policy.mode == .strict { return workspace.path }
      guard workspace.view == .overlay, let scratch else { return workspace.source }
      return "\(scratch.path)/workspace-\(index)"
    }
  }

  private func copyWorkspaces(to paths: [String]) throws {
    for (workspace, path) in zip(policy.workspaces, paths) where workspace.view == .overlay {
      _ = try FileSystem.copyTree(from: workspace.source, to: path)
    }
  }

  private var writesUsersFiles: Bool {
    policy.workspaces.contains { $0.view == .userDirectory } || policy.mounts.contains { $0.access == .writableForUser }
  }

  private var hasUserNamespace: Bool { !policy.removed.contains(.userNamespace) }

  private var namespaces: UInt64 {
    var flags =
      (hasUserNamespace ? CLONE_NEWUSER : 0) | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS
      | CLONE_NEWCGROUP
    if !policy.network && !policy.removed.contains(.networkNamespace) { flags |= CLONE_NEWNET }
    if policy.removed.contains(.ipcNamespace) { flags &= ~CLONE_NEWIPC }
    if policy.removed.contains(.processNamespace) { flags &= ~CLONE_NEWPID }
    return UInt64(flags)
  }

  private func explained(_ error: SandboxError) -> SandboxError {
    guard let system = error.underlying as? SystemError, system.attempt == "make a process" else { return error }
    let cause =
      system.number == ENOSPC
      ? "the limit on namespaces is reached (sysctl user.max_user_namespaces)"
      : "the kernel does not let this user make user namespaces (sysctl kernel.unprivileged_userns_clone,"
        + " kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces)"
    return SandboxError(
      .unsupported, "cannot start a strict sandbox: \(cause): \(system.reason); see `journeyman doctor`",
      underlying: system)
  }
}
