import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Plugins in Python and shell, written from the protocol's page alone, in builds in a strict sandbox.
@Suite(.takingTurns, .enabled(if: Peer.areFound("python3"))) struct ExternalPluginTests {
  private static let token = "inv3ntory-s3cret-token"

  private func inventory(
    _ place: BuildPlace, server: String, granting grant: String, secrets: String = "[inventory-token]",
    plugins: String = ""
  ) async throws -> FinishedBuild {
    try place.install("inventory")
    var run = JourneymanRun(
      files: [
        "a.txt": "a", "b.txt": "b", "deep/c.txt": "c", "d.md": "d",
        "buildspec.yml": """
        version: 0.2
        phases:
          build:
            commands: ["touch made.txt"]
          post_build:
            commands:
              - echo "counted $ACTION_HOW_MANY_TOTAL, the build sees $ACTION_HOW_MANY_SEEN_IN_BUILD"
        actions:
          - name: how many
            uses: inventory
            after: build
            secrets: \(secrets)
            with:
              suffixes: [.txt, .md]
              server: \(server)
              limits: {.txt: 100}
              strict: yes
        """,
      ], sandbox: .strict)
    run.configuration =
      place.pluginsSection + plugins + """
        [plugin "inventory"]
        \(grant)
        [secret "inventory-token"]
          env = INVENTORY_TOKEN

        """
    run.environment = [
      "INVENTORY_TOKEN": Self.token, "INVENTORY_STAGE": "testing", "INVENTORY_UNGRANTED": "leaked-value",
      "UNRELATED_VARIABLE": "unrelated-value",
    ]
    return try await run.run(in: place)
  }

  @Test func `a plugin in Python has what it was granted and leaves what it makes`() async throws {
    let server = try await StoreServer()
    let build = try await inventory(
      try BuildPlace(), server: server.url("report"),
      granting: "  network = true\n  env = INVENTORY_STAGE\n  secret = inventory-token")
    #expect(build.result.status == .succeeded, "\(build.log)")
    let action = try #require(build.result.actions.first)
    #expect(action.status == .succeeded)
    #expect(action.message == "5 files")
    #expect(action.outputs == ["total": "5", "seen-in-build": "3"])
    for line in [
      "counted 5 files in testing", "ungranted: nothing", "a line on standard error", "said in the build by inventory",
      "server: 201", "counted 5, the build sees 3",
    ] {
      #expect(build.log.contains(line), "\(line) is missing in:\n\(build.log)")
    }
    let report = try #require(build.result.reports.first)
    #expect(report.name == "inventory" && report.total == 5 && report.passed == 5 && report.lines?.total == 2)
    #expect(report.files == ["reports/inventory.json"])
    #expect(try build.file("reports/inventory.json") == #"{".txt": 4, ".md": 1}"#)
    #expect(build.result.artifacts.map(\.file) == ["artifacts/inventory.zip"])
    #expect(try await build.entries(of: "artifacts/inventory.zip") == ["inventory.json"])
    let request = try #require(try server.requests().first)
    #expect(request.headers["authorization"] == "Bearer \(Self.token)")
    #expect(request.headers["x-total"] == "5")
    #expect(server.stored("report") == Array(#"{".txt": 4, ".md": 1}"#.utf8))
    for secret in [Self.token, "leaked-value", "unrelated-value"] { #expect(!build.log.contains(secret)) }
  }

  @Test func `without a grant there is no network and no variable`() async throws {
    let server = try await StoreServer()
    let build = try await inventory(
      try BuildPlace(), server: server.url("report"), granting: "  secret = inventory-token")
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(build.log.contains("counted 5 files in no stage"))
    #expect(build.log.contains("server: the plugin 'inventory' may not use the network"))
    #expect(server.stored("report") == nil)
    let line = try #require(build.lines.first { $0.contains("environment: ") })
    let names = line.components(separatedBy: "environment: ")[1].split(separator: " ").map(String.init)
    let expected: Set = [
      "HOME", "JOURNEYMAN_OUTPUT", "JOURNEYMAN_PROTOCOL", "JOURNEYMAN_WORKSPACE", "LANG", "PATH", "TMPDIR", "LC_CTYPE",
    ]
    #expect(Set(names).isSubset(of: expected), "\(names)")
  }

  @Test(.enabled(if: Peer.areFound("openssl")))
  func `a server with a certificate of a private authority is reached when agent.conf names the authority`()
    async throws
  {
    let certificates = try await TestCertificates()
    let server = try await StoreServer(certificates: certificates.path)
    let grant = "  network = true\n  env = INVENTORY_STAGE\n  secret = inventory-token"
    let refused = try await inventory(try BuildPlace(), server: server.secureURL("report"), granting: grant)
    #expect(refused.log.contains("certificate"), "\(refused.log)")
    #expect(server.stored("report") == nil)
    let build = try await inventory(
      try BuildPlace(), server: server.secureURL("report"), granting: grant,
      plugins: "  caFile = \(certificates.path)/ca.pem\n")
    #expect(build.log.contains("server: 201"), "\(build.log)")
    #expect(server.stored("report") == Array(#"{".txt": 4, ".md": 1}"#.utf8))
  }

  @Test func `a secret that the plugin is not granted keeps the build from beginning`() async throws {
    let build = try await inventory(try BuildPlace(), server: "http://127.0.0.1:1/", granting: "")
    #expect(build.exitStatus == 2)
    #expect(build.log.contains("the plugin 'inventory' is not granted the secret 'inventory-token'"))
    #expect(!build.result.phases.contains { $0.name == .build })
  }

  @Test(arguments: [(2, "succeeded"), (1, "failed")])
  func `a plugin in shell asks the build and decides`(most: Int, outcome: String) async throws {
    let place = try BuildPlace()
    try place.install("tally")
    var run = JourneymanRun(
      files: [
        "buildspec.yml": """
        version: 0.2
        phases: {build: {commands: ["printf 'one\\\\ntwo\\\\n' > list"]}, post_build: {commands: ['echo "lines: $ACTION_LIST_LINES."']}}
        actions:
          - {name: list, uses: tally, after: build, with: {file: list, most: \(most)}}
        """
      ], sandbox: .strict)
    run.configuration = place.pluginsSection
    let build = try await run.run(in: place)
    #expect(build.result.actions.map(\.status.rawValue) == [outcome], "\(build.log)")
    #expect(build.result.status.rawValue == outcome)
    #expect(build.log.contains(outcome == "succeeded" ? "lines: 2." : "2 lines, more than 1"))
  }

  @Test(arguments: ["inventory", "tally"])
  func `both follow every rule of the conformance suite`(name: String) async throws {
    let place = try BuildPlace()
    try place.install(name)
    let outcome = try await place.journeyman(["plugin", "check", "plugins/" + name])
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.components(separatedBy: "ok    ").count == 8)
  }

  @Test func `the conformance suite finds what a plugin does wrong`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    let outcome = try await place.journeyman(["plugin", "check", "plugins/misbehave"])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("FAIL  it answers 'describe'"))
    #expect(outcome.output.contains("FAIL  it refuses a version of the protocol"))
    #expect(outcome.output.contains("ok    it ends when its input ends"))
  }
}
