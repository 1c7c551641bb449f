import JourneymanActionKit

/// An external plugin in Swift that uses everything a context has, for the tests of the guest side.
@main
struct GuestPlugin: ExternalPlugin {
  struct Configuration: Decodable, Sendable {
    var server: String?
    var wait: TimeSpan?
    var fail: Bool?
    var most: Int?
  }

  static let manifest = PluginManifest(
    name: "swift-guest", version: "1.0.0", summary: "Uses everything there is.", category: .invoke,
    configuration: ConfigurationSchema([
      ConfigurationKey("server", .text, "Whom to tell."), ConfigurationKey("wait", .duration, "How long to wait."),
      ConfigurationKey("fail", .boolean, "Whether to fail."), ConfigurationKey("most", .integer, "A number below ten."),
    ]),
    network: true, workspace: true, secrets: true,
    outputs: [.init("files", "How many."), .init("decision", "Whether it was approved.")])

  private let configuration: Configuration

  init(configuration: Configuration) throws {
    if configuration.most ?? 0 > 9 { throw PluginConfigurationError("most", "must be below ten") }
    self.configuration = configuration
  }

  func run(in context: ActionContext) async throws -> ActionOutcome {
    if let wait = configuration.wait {
      context.log("waiting")
      do {
        try await Task.sleep(for: wait.duration)
      } catch {
        context.log("cancelled in time")
        throw error
      }
    }
    if configuration.fail == true { throw PluginError(.failed, "as it was told") }
    let files = try await context.workspace.find(["**/*.txt"])
    let first = String(decoding: try await context.workspace.read(files.first ?? "", limit: 100), as: UTF8.self)
    context.log("first: \(first)", .warning)

    // Several requests at once, answered in any order.
    async let slow = context.run(
      ProcessRequest(shell: "sleep 0.2; echo slow", printing: .capture(limit: 100)))
    async let quick = context.run(
      ProcessRequest("cat", environment: ["A": "b"], standardInput: Array("quick".utf8), printing: .capture(limit: 3)))
    let (slowResult, quickResult) = (try await slow, try await quick)
    context.log(
      "processes: \(String(decoding: slowResult.output.dropLast(), as: UTF8.self)) "
        + "\(String(decoding: quickResult.output, as: UTF8.self)) \(quickResult.isOutputCut)")
    let failing = try await context.shell("exit 3")
    context.log("exit code \(failing.exitCode)")
    do {
      _ = try await context.run(ProcessRequest("id", place: .host))
    } catch {
      context.log("host: \(error)")
    }
    if let server = configuration.server {
      var request = WebRequest("PUT", server)
      request.body = .bytes(Array("from swift".utf8))
      request.authorization = .bearer(try context.secrets.value(of: "guest-token"))
      context.log("server: \(try await context.send(request).status)")
    }
    let decision = try await context.decide(DecisionQuestion("Go on?", timeout: .seconds(60)))
    try await context.output.copy(try context.workspace.open(files.first ?? ""), to: "copy/first.txt")
    var outcome = ActionOutcome.succeeded(
      "\(context.name) of \(context.build.project)",
      outputs: ["files": String(files.count), "decision": String(decision.isApproved)])
    outcome.artifacts = [ActionArtifact(name: "copies", directory: "copy")]
    outcome.reports = [ActionReport(name: "guest", format: "GUEST", files: ["copy/first.txt"])]
    return outcome
  }
}
