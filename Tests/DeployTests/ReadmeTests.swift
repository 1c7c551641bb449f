import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// The buildspecs of the README's section on deploying, as they stand there, on machines by the names that stand there:
/// a namespace of mounts and of the network, in which `/etc/hosts`, `/etc/passwd` and `/srv` are the test's own.
@Suite(
  .takingTurns,
  .enabled(
    if: geteuid() == 0 && SecureServers.isAvailable
      && NeededPrograms.areFound("unshare", "ip", "openssl", "python3"),
    "needs root for namespaces, sshd, ip, openssl and python3"))
struct ReadmeTests {
  private let place: DeployRun
  private let examples: [String]

  init() throws {
    place = try DeployRun()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let start = try #require(readme.range(of: "\n### Deploying\n"))
    let section = readme[start.upperBound...]
    let end = section.range(of: "\n### ")?.lowerBound ?? section.endIndex
    examples = section[..<end].components(separatedBy: "```yaml\n").dropFirst().map {
      String($0[..<($0.range(of: "```")?.lowerBound ?? $0.endIndex)])
    }
    try #require(examples.count >= 4, "the search for examples is broken")
  }

  /// Runs an example.
  ///
  /// - Parameters:
  ///   - configuration: the content of agent.conf.
  ///   - before: a script that is run in the namespaces first, in the test's directory.
  private func run(_ target: String, configuration: String = "", before: String = "") async throws -> BuildResult {
    let example = try #require(examples.first { $0.contains("target: \(target)\n") })
    try place.write(example, to: "source/buildspec.yml")
    try place.write(configuration, to: "agent.conf")
    try place.write("#!/bin/sh\necho \"$@\" >>'\(place.folder)/systemctl.log'\n", to: "bin/systemctl", mode: 0o755)
    let script = """
      set -eu
      ip link set lo up
      mkdir -p srv
      mount --bind srv /srv
      printf '127.0.0.1 localhost\\n127.0.0.11 web1.example.org\\n127.0.0.12 web2.example.org\\n\
      127.0.0.13 web3.example.org\\n127.0.0.1 deploy.example.org\\n' >hosts
      mount --bind hosts /etc/hosts
      \(before)
      "$1" run source --output output --config agent.conf --unsealed
      """
    var variables = StandardPaths.processEnvironment.filter { !$0.key.lowercased().hasSuffix("_proxy") }
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = place.folder + "/" + folder
    }
    variables["PATH"] = place.folder + "/bin:" + (variables["PATH"] ?? "/usr/bin:/bin")
    let outcome = try await TestProgram.run(
      try #require(TestProgram.find("unshare")),
      ["-mn", "--propagation", "private", "/bin/sh", "-c", script, "sh", try TestProgram.products + "/journeyman"],
      environment: variables, directory: place.folder, timeout: .seconds(200))
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    let result = try FileSystem.read(place.folder + "/output/result.json", limit: 1 << 20)
    return try JSONDecoder().decode(BuildResult.self, from: Data(result))
  }

  @Test func `this machine`() async throws {
    let result = try await run("directory", configuration: "[plugin \"deploy\"]\n  host = true\n")
    #expect(result.actions.map(\.status) == [.succeeded], "\(result.actions.map(\.message))")
    #expect(access(place.folder + "/srv/shop/current/built", R_OK) == 0)
    #expect(try String(contentsOfFile: place.folder + "/systemctl.log", encoding: .utf8) == "restart shop\n")
  }

  @Test func `a revision on this machine`() async throws {
    let result = try await run("appspec", configuration: "[plugin \"deploy\"]\n  host = true\n")
    #expect(result.actions.map(\.status) == [.succeeded], "\(result.actions.map(\.message))")
    #expect(access(place.folder + "/srv/shop/built", R_OK) == 0)
    let deployment = try #require(result.actions.first?.outputs["deployment-id"])
    let deployments = try DeployRun.names(in: place.folder + "/srv/deployments")
    let group = try #require(deployments.first)
    #expect(try DeployRun.names(in: place.folder + "/srv/deployments/" + group).contains(deployment))
  }

  @Test func `web servers`() async throws {
    let keygen = try #require(TestProgram.find("ssh-keygen"))
    try FileSystem.makeDirectories(place.folder + "/keys")
    for key in ["host", "client"] {
      let made = try await TestProgram.run(
        keygen, ["-q", "-t", "ed25519", "-N", "", "-f", "\(place.folder)/keys/\(key)"])
      try #require(made.status == 0, "\(made.errors)")
    }
    let hostKey = try String(contentsOfFile: place.folder + "/keys/host.pub", encoding: .utf8).split(separator: " ")
    let names = (1...3).map { "web\($0).example.org" }
    try place.write(
      names.map { "\($0) \(hostKey.prefix(2).joined(separator: " "))\n" }.joined(), to: "source/.ci/known_hosts")
    let serve = """
      { cat /etc/passwd; echo 'deploy:x:0:0::/tmp:/bin/sh'; } >passwd
      mount --bind passwd /etc/passwd
      mkdir -p /run/sshd
      for number in 1 2 3; do
        mkdir -p "srv/host$number"
        printf '#!/bin/sh\\nexec sh -c "$(printf %%s "$SSH_ORIGINAL_COMMAND" | sed s#/srv/shop#/srv/host%s#g)"\\n' \
      $number >serve$number
        chmod 755 serve$number
        /usr/sbin/sshd -f /dev/null -o "ListenAddress 127.0.0.1$number:22" -o "HostKey $PWD/keys/host" \
      -o "AuthorizedKeysFile $PWD/keys/client.pub" -o "ForceCommand $PWD/serve$number" \
      -o "PidFile $PWD/pid$number" -o 'StrictModes no' -o 'UsePAM no'
      done
      trap 'kill $(cat pid1 pid2 pid3)' EXIT
      """
    let result = try await run(
      "ssh", configuration: "[secret \"deploy-key\"]\n  file = \(place.folder)/keys/client\n", before: serve)
    #expect(result.actions.map(\.status) == [.succeeded], "\(result.actions.map(\.message))")
    for number in 1...3 { #expect(access(place.folder + "/srv/host\(number)/current/built", R_OK) == 0) }
    #expect(result.actions.first?.outputs["hosts"] == names.joined(separator: " "))
  }

  @Test func platform() async throws {
    let make = try await TestProgram.run(
      try #require(TestProgram.find("openssl")),
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=deploy.example.org", "-addext", "subjectAltName=DNS:deploy.example.org", "-keyout", "key.pem", "-out",
        "ca.pem",
      ], directory: place.folder)
    try #require(make.status == 0, "\(make.errors)")
    try place.write("a shared secret\n", to: "hmac", mode: 0o600)
    let serve = """
      cat key.pem ca.pem >server.pem
      python3 '\(StoreServer.fixtures)/deploy-server.py' "$PWD/server" 'a shared secret' 443 server.pem >port &
      server=$!
      trap 'kill $server' EXIT
      until [ -s port ]; do sleep 0.05; done
      """
    let result = try await run(
      "http",
      configuration: """
        [plugins]
          caFile = \(place.folder)/ca.pem
        [secret "deploy-hmac"]
          file = \(place.folder)/hmac

        """, before: serve)
    #expect(result.actions.map(\.status) == [.succeeded], "\(result.actions.map(\.message))")
    #expect(result.actions.first?.message.hasSuffix("is in use: serving since now") == true)
    #expect(try DeployRun.names(in: place.folder + "/server/files").count == 1)
  }
}
