import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// A plugin in Swift as a program of its own: the guest side of ActionKit.
@Suite(.takingTurns) struct SwiftGuestTests {
  /// Installs the program with a `plugin.json` that it prints itself.
  private func install(_ place: BuildPlace) async throws {
    let program = try TestProgram.products + "/guest-plugin"
    let manifest = try await TestProgram.run(program, ["manifest"])
    try #require(manifest.status == 0, "\(manifest.errors)")
    try place.write(manifest.output, to: "plugins/swift-guest/plugin.json")
    try FileManager.default.copyItem(atPath: program, toPath: place.path + "/plugins/swift-guest/plugin")
    for path in ["/plugins", "/plugins/swift-guest", "/plugins/swift-guest/plugin"] { chmod(place.path + path, 0o755) }
  }

  private func build(_ place: BuildPlace, _ with: String, arguments: [String] = []) async throws -> FinishedBuild {
    try await install(place)
    var run = JourneymanRun(
      files: [
        "a.txt": "alpha", "sub/b.txt": "beta",
        "buildspec.yml": """
        version: 0.2
        phases: {build: {commands: [true]}}
        actions:
          - {name: guest, uses: swift-guest, secrets: [guest-token], with: {\(with)}}
        """,
      ], sandbox: .strict, arguments: arguments)
    run.configuration =
      place.pluginsSection + """
        [plugin "swift-guest"]
          network = true
          secret = guest-token
          decision = "true"
        [secret "guest-token"]
          env = GUEST_TOKEN
        [agent]
          grace = 2s

        """
    run.environment = ["GUEST_TOKEN": "gu3st-s3cret"]
    return try await run.run(in: place)
  }

  @Test func `it has files, processes, the network, decisions and secrets`() async throws {
    let server = try await StoreServer()
    let build = try await build(try BuildPlace(), "server: \(server.url("swift"))")
    let action = try #require(build.result.actions.first)
    #expect(action.status == .succeeded, "\(build.log)")
    #expect(action.message == "guest of source")
    #expect(action.outputs == ["files": "2", "decision": "true"])
    for line in ["first: alpha", "processes: slow qui true", "exit code 3", "server: 201", "may not start processes"] {
      #expect(build.log.contains(line), "\(line) is missing in:\n\(build.log)")
    }
    #expect(server.stored("swift") == Array("from swift".utf8))
    #expect(try server.requests().first?.headers["authorization"] == "Bearer gu3st-s3cret")
    #expect(try build.file("reports/copy/first.txt") == "alpha")
    #expect(build.result.artifacts.map(\.file) == ["artifacts/copies.zip"])
    #expect(!build.log.contains("gu3st-s3cret"))
  }

  @Test func `its errors and those of its initializer are its message`() async throws {
    let thrown = try await build(try BuildPlace(), "fail: yes")
    #expect(thrown.result.actions.map(\.message) == ["as it was told"], "\(thrown.log)")
    let refused = try await build(try BuildPlace(), "most: 10")
    #expect(refused.result.actions.map(\.message) == ["with.most: must be below ten"], "\(refused.log)")
    #expect(refused.result.status == .failed)
  }

  @Test func `it is cancelled as a task when its time is up`() async throws {
    let build = try await build(try BuildPlace(), "wait: 10m", arguments: ["--timeout", "3s"])
    #expect(build.result.status == .timedOut)
    #expect(build.log.contains("waiting") && build.log.contains("cancelled in time"), "\(build.log)")
  }

  @Test func `it follows every rule`() async throws {
    let place = try BuildPlace()
    try await install(place)
    let outcome = try await place.journeyman(["plugin", "check", "plugins/swift-guest", "--json"])
    #expect(outcome.output.components(separatedBy: #""isMet":true"#).count >= 7, "\(outcome.output)")
  }
}
