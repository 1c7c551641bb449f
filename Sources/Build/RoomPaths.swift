import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSupport

/// Where the directories of a build are inside its sandbox, and the policy that puts them there.
///
/// A strict sandbox has a root of its own: the home is `/root`, where buildspecs written for CodeBuild expect it; a
/// user's directory keeps its path, so that messages of compilers name files the user knows; a checkout is at the same
/// place in every build, so that caches which hold absolute paths fit the next one.
struct RoomPaths {
  let source: String
  let scripts: String
  let home: String
  let isOwnRoot: Bool
  let policy: SandboxPolicy

  init(_ workspace: Workspace, _ host: StateDirectories, _ request: BuildRequest) {
    let settings = request.settings.sandbox
    isOwnRoot = settings.mode == .strict
    source = isOwnRoot && workspace.kind == .own ? "/build/source" : workspace.directory
    scripts = isOwnRoot ? "/build/state" : host.scripts
    home = isOwnRoot ? "/root" : host.home
    let mode = SandboxPolicy.Mode(rawValue: settings.mode.rawValue) ?? .strict
    let system: SandboxPolicy.System = settings.system == .overlay ? .overlay : .readonly
    var policy = SandboxPolicy(mode: mode, system: system, network: settings.network)
    let view: SandboxPolicy.Workspace.View =
      switch workspace.kind {
      case .own: .agentDirectory
      case .userDirectory, .caller: .userDirectory
      case .view: .overlay
      }
    policy.workspaces = [SandboxPolicy.Workspace(source: workspace.directory, path: source, view: view)]
    policy.mounts = [
      SandboxPolicy.Mount(source: host.home, path: home, access: .writable),
      SandboxPolicy.Mount(source: host.scripts, path: scripts, access: .writable),
    ]
    if isOwnRoot {
      policy.mounts.append(SandboxPolicy.Mount(source: host.cache, path: Self.cache, access: .writable))
    }
    policy.mounts += workspace.mirrors.map { SandboxPolicy.Mount(source: $0, access: .readOnly) }
    policy.mounts += settings.readOnly.map { SandboxPolicy.Mount(source: $0, access: .readOnly) }
    policy.mounts += settings.writable.map { SandboxPolicy.Mount(source: $0, access: .writableForUser) }
    policy.hidden = settings.hidden + Self.agentDirectories(request)
    policy.scratch = request.stateDirectory + "/scratch"
    policy.limits = SandboxPolicy.Limits(
      memory: settings.memory, processes: settings.processes.map { Int($0) }, fileSize: settings.fileSize,
      openFiles: settings.openFiles.map { Int($0) }, disk: settings.disk, processors: settings.cpu)
    self.policy = policy
  }

  /// Where restored cache files lie before the build takes them over.
  static let cache = "/build/cache"

  /// The agent's own: configuration with keys and secrets, other builds, mirrors, what it has put out.
  static func agentDirectories(_ request: BuildRequest) -> [String] {
    var paths = [
      StandardPaths.configurationDirectory(), StandardPaths.stateDirectory(), StandardPaths.cacheDirectory(),
      "/etc/journeyman", request.outputDirectory,
    ]
    paths += [request.settings.agent.workdir, request.settings.checkout.mirrors].compactMap { $0 }
    paths += request.settings.file.map { [$0] } ?? []
    return paths
  }
}
