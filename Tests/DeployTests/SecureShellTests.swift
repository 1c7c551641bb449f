import Foundation
import JourneymanActionKit
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// Releases on three machines, each a real `sshd`.
@Suite(.takingTurns, .enabled(if: SecureServers.isAvailable, "sshd is not installed"))
struct SecureShellTests {
  private let place: DeployRun
  private let servers: SecureServers

  init() async throws {
    place = try DeployRun()
    servers = try await SecureServers.shared.value
  }

  /// Where each machine has its releases.
  private func site(_ number: Int) -> String { place.folder + "/host\(number)/my shop's site" }
  private var versions: [String?] { (1...3).map { place.version(at: site($0)) } }

  private func configuration(_ more: [String: Any] = [:], without keys: [String] = []) throws -> String {
    var fields: [String: Any] = [
      "target": "ssh", "hosts": servers.hosts, "source": "dist", "path": place.folder + "/APPROOT/my shop's site",
      "identity": "deploy-key", "known-hosts": try servers.knownHosts(),
    ]
    fields.merge(more) { $1 }
    for key in keys { fields[key] = nil }
    return String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
  }

  private func deploy(
    _ more: [String: Any] = [:], key: String = "client", mode: SandboxPolicy.Mode = .strict
  ) async throws -> ActionOutcome {
    try await place.run(
      try configuration(more), secrets: ["deploy-key": try servers.key(key), "phrase": "a passphrase"],
      isHostGranted: false, mode: mode)
  }

  @Test(arguments: ["serial", "parallel"])
  func `all machines get every release`(strategy: String) async throws {
    try place.writeVersion("one")
    try place.write("x", to: "workspace/dist/odd/-two\nlines $(x) '")
    let first = try await deploy(["strategy": strategy])
    #expect(first.status == .succeeded, "\(first.message)")
    try place.writeVersion("two")
    let second = try await deploy(["strategy": strategy])
    #expect(second.status == .succeeded, "\(second.message)")
    #expect(versions == ["two", "two", "two"])
    #expect(second.outputs["hosts"]?.split(separator: " ").count == 3)
    for number in 1...3 {
      #expect(try place.releases(at: site(number)) == [first.outputs["release"], second.outputs["release"]])
      #expect(access(site(number) + "/current/bin/tool", X_OK) == 0)
      #expect(access(site(number) + "/current/odd/-two\nlines $(x) '", R_OK) == 0)
      #expect(try DeployRun.names(in: site(number)).filter { $0 != ".deployment.lock" } == ["current", "releases"])
    }
  }

  @Test func `the first wave that fails is the last, and all machines go back`() async throws {
    try place.writeVersion("one")
    try #require(try await deploy().status == .succeeded)
    try place.write("", to: "host2/my shop's site/sick")
    try place.writeVersion("two")
    let mark = "cat version >>../../restarts"
    let outcome = try await deploy(["health-check": "test ! -e ../../sick", "restart": mark])
    #expect(outcome.status == .failed)
    #expect(
      outcome.message.contains("wave 2 of 3 failed; never switched: 127.0.0.1:\(servers.ports[2])"),
      "\(outcome.message)")
    #expect(
      outcome.message.contains("127.0.0.1:\(servers.ports[1]): the health check ended with 1"), "\(outcome.message)")
    #expect(outcome.message.hasSuffix("every machine is as it was before"), "\(outcome.message)")
    #expect(versions == ["one", "one", "one"])
    for number in 1...3 { #expect(try place.releases(at: site(number)).count == 1) }
    let restarts = (1...3).map { try? String(contentsOfFile: site($0) + "/restarts", encoding: .utf8) }
    #expect(restarts == ["two\none\n", "two\none\n", nil])
  }

  @Test func `a changed host key is refused with its fingerprint, before anything changes anywhere`() async throws {
    try place.writeVersion("one")
    let outcome = try await deploy(["known-hosts": try servers.knownHosts(["host1", "stranger", "host3"])])
    #expect(outcome.status == .failed)
    let fingerprint = try await servers.fingerprint("host2")
    #expect(outcome.message.contains("shows another host key than the known one"), "\(outcome.message)")
    #expect(outcome.message.contains(fingerprint), "\(outcome.message)")
    #expect(outcome.message.hasPrefix("nothing was switched"), "\(outcome.message)")
    #expect(versions == [nil, nil, nil])
    for number in [1, 3] { #expect(try place.releases(at: site(number)).isEmpty) }
  }

  @Test func `an unknown host is refused with its fingerprint`() async throws {
    try place.writeVersion("one")
    let outcome = try await deploy(["known-hosts": "# none", "hosts": [servers.hosts[0]]])
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("is not known"), "\(outcome.message)")
    #expect(outcome.message.contains(try await servers.fingerprint("host1")), "\(outcome.message)")
  }

  @Test func `keys can have a passphrase, and wrong ones are refused without a question`() async throws {
    try place.writeVersion("one")
    let sealed = try await deploy(["passphrase": "phrase"], key: "sealed")
    #expect(sealed.status == .succeeded, "\(sealed.message)")
    let locked = try await deploy(key: "sealed")
    #expect(locked.message.contains("refuses the key"), "\(locked.message)")
    let strange = try await deploy(key: "stranger")
    #expect(strange.message.contains("refuses the key"), "\(strange.message)")
  }

  @Test func `a key file of this machine needs the right to it`() async throws {
    try place.writeVersion("one")
    let more = try configuration(
      ["identity-file": servers.folder + "/client", "known-hosts-file": "known"], without: ["identity", "known-hosts"])
    try place.write(try servers.knownHosts(), to: "workspace/known")
    await #expect(throws: PluginError.self) { try await place.run(more, isHostGranted: false) }
    let outcome = try await place.run(more)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    chmod(servers.folder + "/stranger", 0o644)
    let open = try configuration(["identity-file": servers.folder + "/stranger"], without: ["identity"])
    await #expect(throws: PluginError.self) { try await place.run(open) }
  }

  @Test func `a build that is stopped in the middle goes back on every machine first`() async throws {
    try place.writeVersion("one")
    try #require(try await deploy(["strategy": "parallel"]).status == .succeeded)
    try place.writeVersion("two")
    let tests = self
    let running = Task {
      // The check ends by itself: what the cancelled connection leaves on the machine holds the next step up.
      try await tests.deploy([
        "strategy": "2", "health-check": "touch ../../checking; sleep 2",
      ])
    }
    let sites = [site(1), site(2)]
    try await waitUntil { sites.allSatisfy { access($0 + "/checking", F_OK) == 0 } }
    running.cancel()
    await #expect(throws: CancellationError.self) { try await running.value }
    #expect(versions == ["one", "one", "one"])
    for number in 1...3 { #expect(try place.releases(at: site(number)).count == 1) }
  }

  @Test func `what a killed deployment left is undone by the next`() async throws {
    try place.writeVersion("one")
    try #require(try await deploy(["strategy": "parallel"]).status == .succeeded)
    // As it stands when the agent dies while the second machine is being checked and the third waits.
    let before = try place.releases(at: site(1))[0]
    for number in 1...3 {
      let broken = site(number) + "/releases/20990101-000000-000-b1"
      _ = try FileSystem.copyTree(from: site(number) + "/releases/\(before)", to: broken)
      try place.write("dead\nbad\n", to: "host\(number)/my shop's site/releases/20990101-000000-000-b1/version")
      try place.write(
        "token\n20990101-000000-000-b1\nreleases/\(before)\n", to: "host\(number)/my shop's site/.deployment")
      if number == 3 { continue }
      unlink(site(number) + "/current")
      symlink("releases/20990101-000000-000-b1", site(number) + "/current")
    }
    try place.writeVersion("two")
    let failed = try await deploy(["strategy": "parallel", "health-check": "false"])
    #expect(failed.status == .failed)
    #expect(versions == ["one", "one", "one"])
    for number in 1...3 { #expect(try place.releases(at: site(number)) == [before]) }
    #expect(try await deploy(["strategy": "parallel"]).status == .succeeded)
    #expect(versions == ["two", "two", "two"])
  }

  @Test func `a machine that cannot be reached is named, and nothing is switched`() async throws {
    try place.writeVersion("one")
    let outcome = try await deploy(["hosts": [servers.hosts[0], "127.0.0.1:1"]])
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("127.0.0.1:1"), "\(outcome.message)")
    #expect(outcome.message.hasPrefix("nothing was switched"), "\(outcome.message)")
    #expect(versions == [nil, nil, nil])
  }
}
