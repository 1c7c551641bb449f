import Foundation
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSandbox
import JourneymanSupport

/// The workspace on disk and the place where commands run.
extension BuildSession {
  /// Brings the source into a directory of this build, or takes the user's own for a build in place.
  func prepareWorkspace() async throws -> Workspace {
    switch request.source {
    case .directory(let path, let inPlace):
      let revision = SourceRevision(url: path)
      if inPlace { return Workspace(directory: path, revision: revision) }
      return Workspace(directory: try await copy(path), revision: revision)
    case .repository(let url, _):
      throw BuildError(.source, "cannot check \(url) out")
    }
  }

  /// A private copy of the user's directory: the build may change it, the user's tree stays as it is.
  private func copy(_ path: String) async throws -> String {
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

  /// Prepares the place where the buildspec's commands run.
  func prepareSite(_ workspace: Workspace, _ buildspec: Buildspec) async throws -> BuildSite {
    let scripts = request.stateDirectory + "/scripts"
    let home = request.stateDirectory + "/home"
    let runner = ProcessRunner()
    let grace = Duration.seconds(request.settings.agent.graceSeconds)
    let executor = CommandExecutor(
      runner: runner, state: ShellState(hostDirectory: scripts, directory: scripts),
      shell: try shell(buildspec.environment.shell), carriesState: buildspec.version != .v01,
      sourceDirectory: workspace.directory, output: output, teardown: [.terminate(after: grace), .kill], timeout: nil)
    return BuildSite(
      runner: runner, executor: executor, sourceDirectory: workspace.directory, home: home,
      user: request.inherited["USER"] ?? "build",
      openDirectory: { try FileSystem.open($0, flags: O_RDONLY | O_DIRECTORY) })
  }

  /// The absolute path of the buildspec's shell.
  private func shell(_ wanted: Buildspec.Environment.Shell?) throws -> String {
    switch wanted {
    case nil, .sh: return "/bin/sh"
    case .bash:
      guard let path = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"].first(where: isExecutable)
      else {
        throw BuildError(.unsupported, "env.shell asks for bash, which is not installed on this machine")
      }
      return path
    case .powershell, .cmd:
      throw BuildError(
        .buildspec, "env.shell asks for \(wanted?.rawValue ?? ""), which runs on Windows only; use bash or /bin/sh")
    }
  }

  private func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

  /// Ends whatever still runs and removes the build's private directories.
  mutating func finalize() async {
    await site?.runner.end()
    let state = request.stateDirectory
    do {
      try await runBlocking { try FileSystem.removeTree(state) }
    } catch {
      link.emit(.message(.warning, "the build's directory \(state) could not be removed: \(error)"))
    }
  }
}
