internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSandbox
internal import JourneymanSupport

/// The sandbox of an external plugin: a private copy of its files, its own directories, and what it was granted.
struct GuestRoom {
  let sandbox: Sandbox
  /// The plugin's executable, as it sees itself.
  let executable: String
  /// The directory of the action's files, as the plugin sees it.
  let directory: String
  /// Whether there is a copy of the workspace in it.
  let hasWorkspace: Bool

  /// The output directory, as the plugin sees it.
  var output: String { directory + "/output" }
  /// The copy of the workspace, as the plugin sees it.
  var workspace: String? { hasWorkspace ? directory + "/workspace" : nil }

  /// - Throws: ``PluginRegistryError``, `SandboxError` or `SystemError`.
  static func open(_ files: ExternalPluginFiles, _ site: ActionSite, workspace: Int32?) async throws -> GuestRoom {
    let copy = site.directory + "/plugin"
    try await runBlocking {
      try PluginCopy(files: files, destination: copy).make()
      if let workspace {
        _ = try FileSystem.copyTree(
          from: "/proc/self/fd/\(workspace)", to: site.directory + "/files/workspace", isCancelled: { false })
      }
    }
    var policy = try site.ownPolicy()
    let place = policy.mode == .strict ? "/plugin" : copy
    policy.mounts.append(SandboxPolicy.Mount(source: copy, path: place, access: .readOnly))
    let sandbox = try await Sandbox.start(policy)
    return GuestRoom(
      sandbox: sandbox, executable: place + "/" + files.executable,
      directory: sandbox.workspacePaths.first ?? site.directory + "/files", hasWorkspace: workspace != nil)
  }

  /// All variables of the plugin.
  ///
  /// - Parameter granted: what its manifest asks for and agent.conf grants, and the outputs of earlier actions.
  func environment(_ granted: [String: String]) -> [String: String] {
    var variables = granted
    variables["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    variables["HOME"] = directory + "/home"
    variables["LANG"] = "C.UTF-8"
    variables["JOURNEYMAN_PROTOCOL"] = String(PluginProtocol.version)
    variables["JOURNEYMAN_OUTPUT"] = output
    variables["JOURNEYMAN_WORKSPACE"] = workspace
    return variables
  }
}
