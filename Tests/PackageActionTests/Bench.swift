import Foundation
import JourneymanActionKit
import JourneymanSupport
import JourneymanTransport
import Synchronization
import TestSupport

@testable import JourneymanActionHost
@testable import PackageAction

/// A workspace to publish from, and everything an action of it says.
final class Bench: Sendable {
  let path: String
  private let lines = Mutex<[String]>([])

  init() throws {
    path = NSTemporaryDirectory() + "journeyman-package-\(UUID().uuidString)"
    for folder in ["workspace", "output"] { try FileSystem.makeDirectories("\(path)/\(folder)") }
  }

  deinit { try? FileSystem.removeTree(path) }

  var workspace: String { path + "/workspace" }
  /// What the last action said.
  var log: String { lines.withLock { $0.joined(separator: "\n") } }

  func write(_ content: String, to file: String) throws { try write(Array(content.utf8), to: file) }

  func write(_ content: [UInt8], to file: String) throws {
    let full = workspace + "/" + file
    try FileSystem.makeDirectories((full as NSString).deletingLastPathComponent)
    try FileSystem.writeAtomically(content, to: full)
  }

  /// Runs a shell command in the workspace.
  @discardableResult
  func shell(_ command: String) async throws -> TestProgram.Outcome {
    try await TestProgram.run("/bin/sh", ["-ec", command], directory: workspace)
  }

  /// Runs the action with HTTP requests that are really sent.
  func publish(_ configuration: [String: Any], password: String = "the-token") async throws -> ActionOutcome {
    let decoded = try JSONDecoder().decode(
      PackageAction.Configuration.self, from: JSONSerialization.data(withJSONObject: configuration))
    let action = try PackageAction(configuration: decoded)
    lines.withLock { $0 = [] }
    let sender = Self.sender()
    defer { sender.end() }
    return try await action.run(in: context(sender, password: password))
  }

  /// Sends requests without a proxy, whatever the machine's environment says.
  static func sender() -> WebSender {
    var web = HTTPConfiguration()
    web.proxy = ""
    return WebSender(plugin: "package", configuration: web)
  }

  /// What an action has.
  func context(_ sender: WebSender, password: String = "the-token") throws -> ActionContext {
    let output = path + "/output/\(UUID().uuidString)"
    try FileSystem.makeDirectories(output)
    return ActionContext(
      name: "publish", build: BuildDescription(id: "1", number: 1, project: "demo", source: "/demo"),
      workspace: try WorkspaceFiles(directory: workspace), output: OutputFiles(path: output),
      secrets: PluginSecrets(["token": PluginSecret(password)]),
      services: Services(sender: sender) { line in self.lines.withLock { $0.append(line) } })
  }

  private struct Services: ActionServices {
    let sender: WebSender
    let hear: @Sendable (String) -> Void

    func log(_ text: String, _ level: ActionLogLevel) { hear("\(level.rawValue): \(text)") }
    func progress(_ text: String, done: Int64, total: Int64) {}
    func run(_ process: ProcessRequest) async throws -> ProcessResult { throw PluginError(.notGranted, "no processes") }
    func send(_ request: WebRequest) async throws -> WebResponse { try await sender.send(request) }
    func decide(_ question: DecisionQuestion) async throws -> Decision { Decision(isApproved: false, by: "nobody") }
  }
}

/// A repository of `Tests/Fixtures/packages`; its script says what it does.
final class StubRegistry: Sendable {
  /// A request as the script records it.
  struct Request: Decodable {
    var method: String
    var path: String
    var bytes: Int
    var authorization: String?
    var port: Int
    var sha256: String?
    var range: String?
  }

  private let server: PeerServer
  var port: Int { server.port }

  init(_ script: String = "registry.py", _ arguments: [String] = []) async throws {
    let script = StoreServer.fixtures + "/packages/" + script
    server = try await PeerServer("python3") { directory, port in [script, directory, "\(port)"] + arguments }
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  var requests: [Request] {
    get throws {
      let bytes = (try? FileSystem.read(server.directory + "/requests.jsonl", limit: 1 << 24)) ?? []
      return try bytes.split(separator: 10).map { try JSONDecoder().decode(Request.self, from: Data($0)) }
    }
  }

  /// Where what was stored lies.
  var files: String { server.directory + "/files" }

  /// What was stored under a path.
  func stored(_ path: String) -> [UInt8]? { try? FileSystem.read(server.directory + "/files/" + path, limit: 1 << 28) }
}
