import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// The credentials of agent.conf reach the servers they are for by `journeyman run --source` and `journeyman clone`, and
/// nothing that is printed or left behind shows them.
@Suite(.takingTurns) struct RunCredentialTests {
  private static let password = "pä55-w0rd/of ada+x"

  private func bench() async throws -> Workbench {
    let bench = try await Workbench()
    // The build looks for the credential everywhere it can.
    try await bench.source.commitBuildspec([
      "echo fetched=yes", "env", "cat .git/config; grep -r 'w0rd\\|t0ken\\|phrase' .git && echo leaked; true",
    ])
    return bench
  }

  /// Fetches the repository both ways.
  private func expectSuccess(_ build: SourceBuild, _ url: String, secrets: [String]) async throws {
    for sandbox in ["strict", "off"] {
      let finished = try await build.run(url, sandbox: sandbox)
      #expect(finished.status == 0 && finished.value("fetched") == "yes", "\(finished.everything)")
      for secret in secrets { #expect(!finished.everything.contains(secret)) }
    }
    let clone = try await build.clone(url, build.bench.scratch("cloned"), ["--json"])
    #expect(clone.status == 0, "\(clone.errors)")
    try expectHidden(build, clone, secrets)
  }

  private func expectFailure(_ build: SourceBuild, _ url: String, says: String, secrets: [String]) async throws {
    let finished = try await build.run(url)
    #expect(finished.status == 3 && finished.everything.contains(says), "\(finished.everything)")
    for secret in secrets { #expect(!finished.everything.contains(secret)) }
    let clone = try await build.clone(url, build.bench.scratch("not-cloned"))
    #expect(clone.status == 3 && clone.errors.contains(says), "\(clone.errors)")
    try expectHidden(build, clone, secrets)
    #expect(access(build.bench.scratch("not-cloned"), F_OK) != 0)
  }

  /// Neither printed nor in any file of the mirrors, workspaces and records.
  private func expectHidden(_ build: SourceBuild, _ outcome: TestProgram.Outcome, _ secrets: [String]) throws {
    for secret in secrets {
      #expect(!outcome.output.contains(secret) && !outcome.errors.contains(secret))
      for place in ["cache", "state", "cloned"] {
        for name in try FileManager.default.subpathsOfDirectory(atPath: build.bench.scratch.path)
        where name.hasPrefix(place + "/") {
          guard let bytes = try? FileSystem.read(build.bench.scratch(name), limit: 1 << 24) else { continue }
          #expect(!String(decoding: bytes, as: UTF8.self).contains(secret), "\(name)")
        }
      }
    }
  }

  @Test func aPasswordOfAgentConf() async throws {
    let bench = try await bench()
    let server = try await Server.web(bench.scratch.path, ["--user", "ada", "--password", Self.password])
    var build = SourceBuild(bench: bench)
    try bench.scratch.write(Self.password + "\n", to: "secret")
    chmod(bench.scratch("secret"), 0o600)
    build.configuration = """
      [secret "git"]
        file = \(bench.scratch("secret"))
      [secret "broken"]
        command = "echo looked up in vain >> \(bench.scratch("asked")); false"
      [credential "\(server.url(""))"]
        username = ada
        secret = git
      [credential "https://elsewhere.example.org"]
        secret = broken

      """
    try await expectSuccess(build, server.url("source"), secrets: [Self.password])
    // Nobody is asked for a secret that is not needed.
    #expect(access(bench.scratch("asked"), F_OK) != 0)
    try bench.scratch.write("wr0ng-passw0rd\n", to: "secret")
    chmod(bench.scratch("secret"), 0o600)
    // The commit is at hand; another one has to be fetched.
    try await bench.source.commit("new")
    try await expectFailure(build, server.url("source"), says: "refuses the credential", secrets: ["wr0ng-passw0rd"])
    build.configuration = build.configuration.replacing("secret = git", with: "secret = broken")
    try await expectFailure(build, server.url("source"), says: "secret 'broken'", secrets: ["in vain"])
  }

  @Test func aTokenOfAgentConf() async throws {
    let bench = try await bench()
    let server = try await Server.web(bench.scratch.path, ["--bearer", "t0ken-of-ada"])
    var build = SourceBuild(bench: bench)
    build.environment = ["GIT_TOKEN": "t0ken-of-ada"]
    build.configuration = """
      [secret "git"]
        env = GIT_TOKEN
      [credential "\(server.url(""))"]
        authorization = bearer
        secret = git

      """
    try await expectSuccess(build, server.url("source"), secrets: ["t0ken-of-ada"])
  }

  @Test func aCredentialHelperOfAgentConf() async throws {
    let bench = try await bench()
    let server = try await Server.web(bench.scratch.path, ["--user", "ada", "--password", "w0rd-of-helper"])
    var build = SourceBuild(bench: bench)
    build.configuration =
      "[checkout]\n\tcredentialHelper = \"!f() { test $1 = get && printf 'username=ada\\\\npassword=w0rd-of-helper\\\\n'; }; f\"\n"
    try await expectSuccess(build, server.url("source"), secrets: ["w0rd-of-helper"])
    build.configuration = "[checkout]\n\tcredentialHelper = \"!exit 4 #\"\n"
    try await expectFailure(build, server.url("source"), says: "status 4", secrets: [])
  }

  @Test func aLoginInTheURL() async throws {
    let bench = try await bench()
    let server = try await Server.web(bench.scratch.path, ["--user", "ada", "--password", Self.password])
    let encoded = try #require(Self.password.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
    let build = SourceBuild(bench: bench)
    let secrets = [Self.password, encoded, "5or9"]
    try await expectSuccess(build, server.url("source", login: "ada:\(encoded)@"), secrets: Array(secrets[..<2]))
    try await bench.source.commit("new")
    try await expectFailure(
      build, server.url("source", login: "ada:wr0ng-5or9@"), says: "refuses the credential", secrets: ["wr0ng-5or9"])
    try await expectFailure(
      build, server.url("missing", login: "ada:\(encoded)@"), says: "knows no repository", secrets: Array(secrets[..<2])
    )
  }

  @Test(.enabled(if: isRequired(SecureShellServer.isAvailable), "sshd is not installed"))
  func aKeyAndThePassphraseOfAgentConf() async throws {
    let bench = try await bench()
    let server = try await SecureShellServer.shared.value
    var build = SourceBuild(bench: bench)
    build.environment = ["PASSPHRASE": "a passphrase"]
    build.configuration = """
      [secret "key"]
        env = PASSPHRASE
      [checkout]
        knownHosts = \(server.knownHosts)
        sshKey = \(server.key("rsa"))
        sshKeyPassphrase = key

      """
    let url = server.url(bench.source.directory)
    try await expectSuccess(build, url, secrets: ["a passphrase"])
    try await bench.source.commit("new")
    build.environment = ["PASSPHRASE": "a wr0ng phrase"]
    try await expectFailure(build, url, says: "key", secrets: ["a wr0ng phrase"])
    build.configuration = build.configuration.replacing("rsa", with: "stranger").replacing(
      "  sshKeyPassphrase = key\n", with: "")
    try await expectFailure(build, url, says: "key", secrets: [])
    try bench.scratch.write("", to: "nobody")
    build.configuration = build.configuration.replacing(server.knownHosts, with: bench.scratch("nobody"))
    try await expectFailure(build, url, says: "SHA256:", secrets: [])
  }
}
