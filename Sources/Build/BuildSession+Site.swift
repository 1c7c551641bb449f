import Foundation
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanCheckout
import JourneymanJob
import JourneymanSandbox
import JourneymanSupport

/// The workspace on disk and the place where commands run.
extension BuildSession {
  /// Brings the source into a directory of this build, or takes the user's own for a build in place or in a view.
  mutating func prepareWorkspace() async throws -> Workspace {
    switch request.source {
    case .directory(let path, _) where request.caller != nil:
      guard let room else { throw BuildError(.system, "the build has no connection to its job") }
      return Workspace(
        directory: path, revision: SourceRevision(url: path, revision: request.caller?.revision), kind: .caller,
        root: OpenDirectory(try await room.openDirectory(path)))
    case .directory(let path, let inPlace):
      let revision = SourceRevision(url: path, revision: await Checkout.headCommit(of: path))
      if inPlace { return Workspace(directory: path, revision: revision, kind: .userDirectory) }
      return Workspace(directory: path, revision: revision, kind: .view)
    case .repository(let url, let reference):
      return try await checkOut(url, reference)
    }
  }

  /// A private copy of the user's directory: the build may change it, the user's tree stays as it is.
  func copy(_ path: String) async throws -> String {
    let destination = request.stateDirectory + "/source"
    let ending = ending
    do {
      let count = try await runBlocking {
        try FileSystem.copyTree(from: path, to: destination, isCancelled: { ending.reason != nil })
      }
      link.emit(.message(.info, "Copied \(count) files of \(path)"))
      return destination
    } catch {
      throw BuildError(.source, "the source could not be copied: \(error)", underlying: error)
    }
  }

  private mutating func checkOut(_ url: String, _ reference: String?) async throws -> Workspace {
    let link = link
    let (request, settings) = (request, request.settings)
    let directory = try await runBlocking { try SourceDirectory(for: url, request) }
    checkedOut = directory
    var wanted = CheckoutRequest(url: url, reference: reference)
    // Files that belong to builds from the start are recognized as unchanged by the next one.
    if settings.sandbox.mode == .strict, let owner = Sandbox.strictFileOwner {
      wanted.owner = CheckoutRequest.Owner(user: owner, group: owner)
    }
    let credentials = CheckoutCredentials(settings) { name in
      try await link.secrets([SecretReference(kind: .checkout, name: name)]).first.map { Secret($0) } ?? Secret("")
    }
    let revision = try await directory.checkOut(
      wanted, Checkout(CheckoutOptions(settings.checkout)), credentials: credentials
    ) { event in
      switch event {
      case .stage: break
      case .progress(let figures):
        link.emit(
          .progress(
            "source: \(figures.stage.rawValue)", done: Int64(figures.receivedObjects + figures.checkedOutFiles),
            total: Int64(figures.stage == .write ? figures.totalFiles : figures.totalObjects)))
      case .serverMessage(let line): link.emit(.message(.info, "remote: \(line)"))
      case .warning(let text): link.emit(.message(.warning, text))
      }
    }
    return Workspace(
      directory: directory.path, revision: SourceRevision(url: revision.url, revision: revision.commit?.id),
      kind: .own, mirrors: revision.mirrors, variables: revision.environment)
  }

  /// Prepares the place where the buildspec's commands run.
  func prepareSite(_ workspace: Workspace, _ buildspec: Buildspec) async throws -> BuildSite {
    let shell = try BuildShell.path(buildspec.environment.shell)
    let usesRunAs = buildspec.runAs != nil || buildspec.phases.values.contains { $0.runAs != nil }
    if usesRunAs && request.settings.sandbox.mode != .strict {
      throw BuildError(
        .unsupported, "run-as needs the strict sandbox: only there does a build have users of its own")
    }
    let host = try await StateDirectories.prepare(request, scripts: room?.scripts, isShared: usesRunAs)
    let room = try await commandRoom(workspace, host)
    for notice in room.notices { link.emit(.message(.info, notice)) }
    let grace = Duration.seconds(request.settings.agent.graceSeconds)
    let executor = CommandExecutor(
      runner: room.runner, state: ShellState(hostDirectory: host.scripts, directory: room.scripts), shell: shell,
      carriesState: buildspec.version != .v01, sourceDirectory: room.source, output: output,
      teardown: [.terminate(after: grace), .kill],
      timeout: request.settings.agent.commandTimeoutSeconds.map { .seconds($0) })
    return BuildSite(
      runner: room.runner, executor: executor, sourceDirectory: room.source, home: room.home, user: room.user,
      host: host, isView: room.isView, fileOwner: room.fileOwner, openDirectory: room.openDirectory)
  }

  private func commandRoom(_ workspace: Workspace, _ host: StateDirectories) async throws -> CommandRoom {
    guard let room, let caller = request.caller else { return try await CommandRoom.open(workspace, host, for: self) }
    return CommandRoom(
      runner: room, source: workspace.directory, scripts: caller.scripts, home: caller.home, user: caller.user,
      isView: false, fileOwner: nil, notices: ["Commands run in the sandbox of the job that asked for this build"],
      openDirectory: { try await room.openDirectory($0) })
  }

  /// Ends whatever still runs and removes the build's private directories.
  mutating func finalize() async {
    await site?.runner.end()
    site?.host.release()
    checkedOut?.release()
    let state = request.stateDirectory
    do {
      try await runBlocking { try FileSystem.removeTree(state) }
    } catch {
      link.emit(.message(.warning, "the build's directory \(state) could not be removed: \(error)"))
    }
  }
}
