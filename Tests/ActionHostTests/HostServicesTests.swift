import Foundation
import JourneymanActionHost
import JourneymanActionKit
import JourneymanSandbox
import JourneymanSupport
import JourneymanTransport
import TestSupport
import Testing

/// What a plugin that is built in has: processes in three places, and the network as agent.conf sets it up.
@Suite(.takingTurns) struct HostServicesTests {
  /// A site whose build is a plain directory.
  private final class Site: Sendable {
    let path = NSTemporaryDirectory() + "journeyman-site-\(UUID().uuidString)"
    let runner = ProcessRunner()
    let log: TestPipe

    init() throws {
      log = try TestPipe()
      for name in ["/source", "/action/files/output"] { try FileSystem.makeDirectories(path + name) }
      chmod(path, 0o755)
    }

    func services(
      mode: SandboxPolicy.Mode = .off, network: Bool = false, host: Bool = false, web: HTTPConfiguration? = nil
    ) -> HostServices {
      let source = path + "/source"
      let site = ActionSite(
        runner: runner,
        command: { process in
          guard case .shell(let text) = process.program else { throw PluginError(.process, "no shell") }
          return Command(
            executable: "/bin/sh", arguments: ["-c", text], environment: ["PATH": "/usr/bin:/bin", "BUILD": "yes"],
            directory: source)
        }, output: log.writeEnd.number, directory: path + "/action",
        policy: SandboxPolicy(mode: mode, system: .readonly, network: network, hostName: "plugin"),
        isHostGranted: host, hostEnvironment: ["PATH": "/usr/bin:/bin", "HOST": "yes"], web: web,
        teardown: [.terminate(after: .seconds(1)), .kill])
      return HostServices(
        plugin: "sample", site: site,
        ears: HostServices.Ears(
          log: { _, _ in }, progress: { _, _, _ in },
          decide: { _ in Decision(isApproved: true, by: "the test") }))
    }

    deinit { try? FileSystem.removeTree(path) }
  }

  private func capture(_ text: String, _ place: ProcessRequest.Place, limit: Int = 10_000) -> ProcessRequest {
    ProcessRequest(shell: text, place: place, printing: .capture(limit: limit))
  }

  private func text(_ result: ProcessResult) -> String { String(decoding: result.output, as: UTF8.self) }

  @Test func theBuildsProcessesAreTheBuildsCommands() async throws {
    let site = try Site()
    let services = site.services()
    let result = try await services.run(capture("echo $BUILD; pwd; echo problem >&2", .build))
    #expect(text(result) == "yes\n\(site.path)/source\n")
    #expect(site.log.contents() == "problem\n")
    _ = try await services.run(ProcessRequest(shell: "echo said"))
    #expect(site.log.contents() == "said\n")
    await services.end()
  }

  @Test func whatIsCapturedIsBoundedAndADaemonHoldsNothingUp() async throws {
    let site = try Site()
    defer { withExtendedLifetime(site) {} }
    let services = site.services()
    let cut = try await services.run(capture("head -c 3000000 /dev/zero", .build, limit: 1_000))
    #expect(cut.output.count == 1_000 && cut.isOutputCut && cut.isSuccess)
    let daemon = try await services.run(capture("echo a; (sleep 600; echo b) & exit 4", .build))
    #expect(text(daemon) == "a\n" && daemon.exitCode == 4)
    let slow = try await services.run(ProcessRequest(shell: "sleep 600", timeout: .milliseconds(300)))
    #expect(slow.timedOut && !slow.isSuccess)
    await services.end()
  }

  @Test func aCancelledActionEndsItsProcess() async throws {
    let site = try Site()
    defer { withExtendedLifetime(site) {} }
    let services = site.services()
    let task = Task { try await services.run(ProcessRequest(shell: "sleep 600")) }
    try await Task.sleep(for: .milliseconds(200))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    await services.end()
  }

  @Test func aSandboxOfItsOwnHoldsTheOutputAndNothingOfTheBuild() async throws {
    let site = try Site()
    try FileSystem.writeAtomically(Array("secret".utf8), to: site.path + "/source/file")
    let services = site.services(mode: .strict)
    let result = try await services.run(
      ProcessRequest(
        shell:
          "cat; echo made > made.txt; ls \(site.path)/source 2>/dev/null; ls /sys/class/net 2>/dev/null; env | grep -c BUILD",
        place: .own, standardInput: Array("in\n".utf8), printing: .capture(limit: 1_000)))
    #expect(text(result).hasPrefix("in\n") && text(result).hasSuffix("0\n") && !text(result).contains("file"))
    #expect(try FileSystem.read(site.path + "/action/files/output/made.txt", limit: 10) == Array("made\n".utf8))
    await services.end()
  }

  @Test func theMachineItselfNeedsAGrant() async throws {
    let site = try Site()
    await #expect(throws: PluginError.self) { try await site.services().run(capture("id", .host)) }
    let services = site.services(host: true)
    #expect(text(try await services.run(capture("echo $HOST", .host))) == "yes\n")
    await #expect(throws: PluginError.self) {
      try await services.run(ProcessRequest("/no/such/program", place: .host))
    }
    await services.end()
  }

  @Test func requestsGoThroughTheProxyOfTheConfiguration() async throws {
    let server = try await StoreServer()
    var web = HTTPConfiguration()
    web.proxy = server.proxy
    let site = try Site()
    defer { withExtendedLifetime(site) {} }
    let services = site.services(network: true, web: web)
    var request = WebRequest("PUT", "http://registry.example.org/-/ok/through-proxy")
    request.body = .bytes(Array("x".utf8))
    request.authorization = .basic(user: "me", password: PluginSecret("pass"))
    let answer = try await services.send(request)
    #expect(answer.status == 201)
    let seen = try #require(try server.requests().first)
    #expect(seen.proxied && seen.headers["authorization"] == "Basic bWU6cGFzcw==")
    await services.end()
  }

  @Test func redirectsAreFollowedAsTheyWereAllowed() async throws {
    let server = try await StoreServer()
    let site = try Site()
    defer { withExtendedLifetime(site) {} }
    let services = site.services(network: true, web: HTTPConfiguration())
    var request = WebRequest("PUT", server.url("kept", script: "self"))
    request.body = .bytes(Array("x".utf8))
    #expect((300..<400).contains(try await services.send(request).status))
    request.redirects = .sameOrigin
    #expect(try await services.send(request).status == 201)
    request.url = server.url("elsewhere", script: "other")
    await #expect(throws: PluginError.self) { try await services.send(request) }
    await services.end()
  }

  @Test func withoutAGrantThereIsNoNetwork() async throws {
    let site = try Site()
    defer { withExtendedLifetime(site) {} }
    let services = site.services()
    await #expect(throws: PluginError.self) { try await services.send(WebRequest("GET", "http://127.0.0.1:1/")) }
    await services.end()
  }
}
