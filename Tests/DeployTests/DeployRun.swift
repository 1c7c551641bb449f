import DeployAction
import Foundation
import JourneymanActionHost
import JourneymanActionKit
import JourneymanSandbox
import JourneymanSupport
import JourneymanTransport
import Synchronization
import Testing

/// The plugin on a workspace of its own, without a build around it.
final class DeployRun: Sendable {
  let folder: String
  var workspace: String { folder + "/workspace" }
  /// Where releases go: a path that wants to be quoted.
  var site: String { folder + "/my shop's site" }

  init() throws {
    folder =
      URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path + "/deploy-\(UUID().uuidString)"
    try FileSystem.makeDirectories(workspace)
  }

  deinit { try? FileSystem.removeTree(folder) }

  func write(_ content: String, to file: String, mode: mode_t = 0o644) throws {
    let path = folder + "/" + file
    try FileSystem.makeDirectories(PathName.directory(of: path))
    try FileSystem.writeAtomically(Array(content.utf8), to: path, mode: mode)
  }

  /// A version of the application that is deployed: two files that tell which it is.
  func writeVersion(_ name: String) throws {
    try write(name + "\n", to: "workspace/dist/version")
    try write("#!/bin/sh\necho \(name)\n", to: "workspace/dist/bin/tool", mode: 0o755)
  }

  /// What the plugin said, as `level: text`.
  var log: [String] { said.withLock { $0 } }
  private let said = Mutex<[String]>([])

  /// Runs the plugin as a build does, with a configuration in JSON, which has the values' types.
  ///
  /// - Parameters:
  ///   - mode: how the processes of the action's own are isolated.
  ///   - wrap: puts something between the plugin and the services of the host.
  func run(
    _ configuration: String, secrets: [String: String] = [:], isHostGranted: Bool = true,
    mode: SandboxPolicy.Mode = .off, wrap: (any ActionServices) -> any ActionServices = { $0 }
  ) async throws -> ActionOutcome {
    let decoded = try JSONDecoder().decode(DeployConfiguration.self, from: Data(configuration.utf8))
    let site = try actionSite(mode, isHostGranted: isHostGranted)
    let ears = HostServices.Ears(
      log: { text, level in self.said.withLock { $0.append("\(level.rawValue): \(text)") } },
      progress: { _, _, _ in }, decide: { _ in Decision(isApproved: false, by: "nobody") })
    let services = HostServices(plugin: "deploy", site: site, ears: ears)
    let context = ActionContext(
      name: "to production", build: BuildDescription(id: "shop:1", number: 17, project: "shop", source: workspace),
      workspace: try WorkspaceFiles(directory: workspace), output: OutputFiles(path: site.outputDirectory),
      secrets: PluginSecrets(secrets.mapValues { PluginSecret($0) }), isHostGranted: isHostGranted,
      services: wrap(services))
    let outcome: Result<ActionOutcome, any Error>
    do {
      outcome = .success(try await DeployAction(configuration: decoded).run(in: context))
    } catch {
      outcome = .failure(error)
    }
    await services.end()
    return try outcome.get()
  }

  private func actionSite(_ mode: SandboxPolicy.Mode, isHostGranted: Bool) throws -> ActionSite {
    let directory = folder + "/action-\(UUID().uuidString)"
    try FileSystem.makeDirectories(directory + "/files/output", mode: 0o700)
    var web = HTTPConfiguration()
    web.proxy = ""
    return ActionSite(
      runner: ProcessRunner(), command: { _ in throw PluginError(.process, "nothing runs in the build") },
      output: STDERR_FILENO, directory: directory,
      policy: SandboxPolicy(mode: mode, system: .readonly, network: true, hostName: "plugin"),
      isHostGranted: isHostGranted, hostEnvironment: StandardPaths.processEnvironment, web: web,
      teardown: [.terminate(after: .seconds(1)), .kill])
  }

  /// A configuration of the target `directory`.
  func directory(_ more: [String: String] = [:], keep: Int = 3) -> String {
    var fields: [String] = ["\"keep\": \(keep)"]
    let texts = ["target": "directory", "source": "dist", "path": site].merging(more) { $1 }
    for (key, value) in texts { fields.append("\(Self.json(key)): \(Self.json(value))") }
    return "{\(fields.joined(separator: ", "))}"
  }

  static func json(_ text: String) -> String {
    let data = try? JSONEncoder().encode(text)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// What `current` says its version is; `nil` without one.
  func version(at site: String? = nil) -> String? {
    let bytes = try? FileSystem.read((site ?? self.site) + "/current/version", limit: 100)
    return bytes.map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .newlines) }
  }

  /// The names in a directory, sorted.
  static func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
  }

  /// The releases of a site, without the `.` names of those under way.
  func releases(at site: String? = nil) throws -> [String] { try Self.names(in: (site ?? self.site) + "/releases") }
}
