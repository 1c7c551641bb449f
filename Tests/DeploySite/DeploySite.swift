import Foundation
import JourneymanActionHost
public import JourneymanActionKit
import JourneymanSandbox
import JourneymanSupport
import Synchronization

/// What a deployment to this machine gets from the host: processes that run on the machine itself, as in a build that
/// agent.conf lets do so.
public final class DeploySite: Sendable {
  /// What the action sees.
  public let context: ActionContext
  private let services: HostServices

  /// Prepares a site.
  ///
  /// - Parameters:
  ///   - workspace: the build's directory.
  ///   - scratch: a directory for the action's own files; it exists.
  ///   - revision: the commit that was built.
  ///   - programs: a directory that is searched for programs first.
  public init(
    workspace: String, scratch: String, revision: String? = nil, programs: String? = nil
  ) throws {
    let ears = Ears()
    let nowhere = try FileSystem.open("/dev/null", flags: O_WRONLY).release()
    try FileSystem.makeDirectories(scratch + "/files/output")
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    let site = ActionSite(
      runner: ProcessRunner(), command: { _ in throw PluginError(.process, "nothing runs in the build") },
      output: nowhere, directory: scratch, policy: SandboxPolicy(mode: .off), isHostGranted: true,
      hostEnvironment: ["PATH": programs.map { "\($0):\(path)" } ?? path, "AGENT": "yes"], web: nil,
      teardown: [.terminate(after: .seconds(1)), .kill])
    services = HostServices(
      plugin: "deploy", site: site,
      ears: HostServices.Ears(
        log: { text, level in ears.hear("\(level.rawValue): \(text)") }, progress: { _, _, _ in },
        decide: { _ in Decision(isApproved: false, by: "nobody") }))
    self.ears = ears
    context = ActionContext(
      name: "deploy",
      build: BuildDescription(id: "b-1", number: 1, project: "shop", source: "/src", revision: revision),
      workspace: try WorkspaceFiles(directory: workspace), output: OutputFiles(path: scratch + "/files/output"),
      isHostGranted: true, services: services)
  }

  /// Everything that was said, as `level: text`.
  public var log: [String] { ears.lines }

  /// Ends the action's processes, as the host does at the end of an action.
  public func end() async { await services.end() }

  private let ears: Ears
}

/// Keeps what is said.
private final class Ears: Sendable {
  private let said = Mutex<[String]>([])
  var lines: [String] { said.withLock { $0 } }
  func hear(_ line: String) { said.withLock { $0.append(line) } }
}
