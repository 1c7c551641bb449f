import Foundation
import JourneymanJavaStream
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Private keys that the controller sends, used with a real `sshd`, and gone whatever happens.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(
    if: ScriptedPeer.hasWebSockets
      && (SecureShellServer.isAvailable || StandardPaths.processEnvironment["CI"] == "true"),
    "python3-websockets or sshd is not installed"))
struct GitSecureShellTests {
  private let bench: GitBench
  private let server: SecureShellServer
  private let git: GitPeer

  init() async throws {
    let server = try await SecureShellServer()
    self.server = server
    bench = try await GitBench { $0.checkout.knownHosts = server.knownHosts }
    git = try await GitPeer(bench.repositories)
  }

  private var url: String { server.url(bench.repositories + "/app.git") }

  private func key(_ name: String) throws -> String {
    String(decoding: try FileSystem.read(server.key(name), limit: 10_000), as: UTF8.self)
  }

  /// A line of a private key, to look for.
  private func keyLine(_ name: String) throws -> String {
    String(try key(name).split(separator: "\n")[1])
  }

  private func expectNothingLeft(of name: String = "ed25519") async throws {
    #expect(bench.jobs.isEmpty)
    #expect(try await !bench.holds(try keyLine(name)))
    #expect(try await bench.wait { try bench.workers().isEmpty })
    #expect(
      try await bench.wait { try bench.processes { $0.contains("ssh") && $0.contains("-p\0\(server.port)") }.isEmpty })
  }

  private func calls(approvedHostKeys: String? = nil) async throws -> GitCalls {
    try await GitCalls(bench.agent.controller, bench.workspace, approvedHostKeys: approvedHostKeys)
  }

  @Test(arguments: [("ed25519", nil), ("rsa", "a passphrase")])
  func cloneFetchAndSubmoduleWithAKey(_ name: String, _ passphrase: String?) async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls()
      // As with ssh's own option, the credential's user counts, not the address's.
      let path = bench.repositories + "/app.git"
      let address = "ssh://somebody@127.0.0.1:\(server.port)\(path)"
      try await calls.addKey(address, NSUserName(), try key(name), passphrase: passphrase)
      let cloned = try await calls.run("CloneCommand", [("url", [.string(address)])])
      #expect(cloned.failure == nil, "\(cloned.failure?.message ?? "")")
      #expect(calls.text(cloned).contains("using a credential of user '\(NSUserName())'"))
      let first = try await bench.id("main", in: path)
      #expect(GitObjects.id(try await calls.call("revParse", [.string("origin/main")]).value ?? .null) == first)

      _ = try await GitPeer.shell(
        "echo two > app.txt; git commit -qam two; git push -q ../app.git main", in: bench.repositories + "/app")
      let fetched = try await calls.run(
        "FetchCommand",
        [
          (
            "from",
            [
              GitCalls.address(scheme: "ssh", host: "127.0.0.1", port: server.port, path: path, user: "somebody"),
              .list([GitCalls.specification("+refs/heads/*:refs/remotes/origin/*")]),
            ]
          )
        ])
      #expect(fetched.failure == nil, "\(fetched.failure?.message ?? "")")
      let second = try await bench.id("main", in: path)
      #expect(second != first)
      #expect(GitObjects.id(try await calls.call("revParse", [.string("origin/main")]).value ?? .null) == second)

      #expect(try await calls.run("CheckoutCommand", [("ref", [.string(second)])]).failure == nil)
      let updated = try await calls.run(
        "SubmoduleUpdateCommand",
        [("recursive", [.booleanObject(true)]), ("parentCredentials", [.booleanObject(true)])])
      #expect(updated.failure == nil, "\(updated.failure?.message ?? "")")
      #expect(try bench.text("vendor/lib/l.txt") == "lib\n")
      #expect(try await GitPeer.git("status --porcelain", in: bench.workspace) == "")
      try await expectNothingLeft(of: name)
      for text in [calls.text(cloned), calls.text(fetched), calls.text(updated)] {
        #expect(!text.contains(try keyLine(name)) && !text.contains("a passphrase"))
      }
    }
  }

  @Test func wrongKeysPassphrasesAndHostsAreGitExceptions() async throws {
    let cases: [(name: String, passphrase: String?, text: String)] = [
      ("stranger", nil, "refuses the ssh key of \(NSUserName())"),
      ("rsa", "another passphrase", "refuses the ssh key"), ("rsa", nil, "refuses the ssh key"),
    ]
    try await bench.agent.serve(bench.host) {
      for (name, passphrase, text) in cases {
        let calls = try await calls()
        try await calls.addKey(url, NSUserName(), try key(name), passphrase: passphrase)
        let answer = try await calls.run("CloneCommand", [("url", [.string(url)])])
        #expect(answer.raw?.className == "hudson.plugins.git.GitException")
        #expect(answer.raw?.message.contains(text) == true, "\(answer.raw?.message ?? "was cloned")")
        #expect(answer.raw?.message.contains("another passphrase") == false)
        try await expectNothingLeft(of: name)
      }
    }
    let strict = try await GitBench { $0.checkout.knownHosts = "/dev/null" }
    try await strict.agent.serve(strict.host) {
      let calls = try await GitCalls(strict.agent.controller, strict.workspace)
      try await calls.addKey(url, NSUserName(), try key("ed25519"))
      let answer = try await calls.run("CloneCommand", [("url", [.string(url)])])
      #expect(answer.raw?.className == "hudson.plugins.git.GitException")
      #expect(answer.raw?.message.contains("host key of 127.0.0.1 port \(server.port) is not known") == true)
      #expect(answer.raw?.message.contains("add it to known_hosts") == true)
      #expect(strict.jobs.isEmpty)
    }
  }

  /// "Manually provided keys" in Jenkins' security settings.
  @Test func hostKeysThatJenkinsApprovesCount() async throws {
    let open = try await GitBench()
    try await open.agent.serve(open.host) {
      for (line, isRight) in [
        (String(decoding: try FileSystem.read(server.knownHosts, limit: 10_000), as: UTF8.self), true),
        ("[127.0.0.1]:\(server.port) " + String(try wrongHostKey()), false),
      ] {
        let calls = try await GitCalls(open.agent.controller, open.workspace, approvedHostKeys: line)
        try await calls.addKey(url, NSUserName(), try key("ed25519"))
        let answer = try await calls.run("CloneCommand", [("url", [.string(url)])])
        #expect((answer.failure == nil) == isRight, "\(answer.failure?.message ?? "")")
        if !isRight { #expect(answer.raw?.message.contains("another host key than the known one") == true) }
      }
    }
  }

  private func wrongHostKey() throws -> Substring {
    let text = String(decoding: try FileSystem.read(server.key("stranger") + ".pub", limit: 10_000), as: UTF8.self)
    return text.split(separator: "\n")[0]
  }

  /// A key is for the server it was given for: a submodule of another one does not get it.
  @Test func aKeyIsNotOfferedToAnotherServer() async throws {
    let other = try await SecureShellServer()
    let hosts = bench.base + "/known_hosts"
    _ = try await GitPeer.shell(
      "cat '\(server.knownHosts)' '\(other.knownHosts)' > '\(hosts)'; mkdir -p home/.ssh", in: bench.base)
    let both = try await GitBench { $0.checkout.knownHosts = hosts }
    // The other server would take the same key.
    _ = try await GitPeer.shell(
      "cat '\(server.key("ed25519")).pub' >> '\(PathName.directory(of: other.key("x")))/authorized'", in: bench.base)
    _ = try await GitPeer.shell(
      """
      git config -f .gitmodules submodule.vendor/lib.url '\(other.url(bench.repositories + "/lib.git"))'
      git commit -qam elsewhere; git push -q ../app.git main
      """, in: bench.repositories + "/app")
    try await both.agent.serve(both.host) {
      let calls = try await GitCalls(both.agent.controller, both.workspace)
      try await calls.addKey(url, NSUserName(), try key("ed25519"))
      #expect(try await calls.run("CloneCommand", [("url", [.string(url)])]).failure == nil)
      #expect(try await calls.run("CheckoutCommand", [("ref", [.string("origin/main")])]).failure == nil)
      let updated = try await calls.run(
        "SubmoduleUpdateCommand",
        [("recursive", [.booleanObject(true)]), ("parentCredentials", [.booleanObject(true)])])
      #expect(
        updated.raw?.message.contains("refuses the ssh key") == true, "\(updated.raw?.message ?? "it went there")")
    }
  }

  // MARK: Ends of all kinds

  /// Has the server stand still once it was asked.
  private func stall() throws {
    try server.install(
      "git-upload-pack", "echo $$ > '\(bench.base)/stalled'; exec cat > /dev/null")
  }

  private var hasStalled: Bool { access(bench.base + "/stalled", F_OK) == 0 }

  /// Begins a clone that stands still, with its key in a file that only this user can read.
  private func begin() async throws -> (calls: GitCalls, request: Int32) {
    try stall()
    let calls = try await calls()
    try await calls.addKey(url, NSUserName(), try key("ed25519"))
    let request = try calls.ask("CloneCommand", [("url", [.string(url)]), ("timeout", [.integerObject(1)])])
    #expect(try await bench.wait { hasStalled })
    let paths = try await GitPeer.shell("grep -rlF '\(try keyLine("ed25519"))' state", in: bench.base)
      .split(separator: "\n")
    #expect(paths.count == 1)
    var path = bench.base + "/" + (paths.first ?? "")
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 & ~0o600 == 0 && status.st_uid == geteuid())
    while path.count > bench.scratch.count + 1 {
      path = PathName.directory(of: path)
      if path == bench.scratch { break }
      #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o700, "\(path)")
    }
    return (calls, request)
  }

  @Test func nothingIsLeftAfterAnAbort() async throws {
    try await bench.agent.serve(bench.host) {
      let (_, request) = try await begin()
      let start = ContinuousClock.now
      try bench.cancel(request)
      let answer = try await bench.agent.controller.answer(to: request)
      #expect(answer.raw?.message == "java.lang.InterruptedException")
      print("abort over ssh answered after \(ContinuousClock.now - start)")
      try await expectNothingLeft()
    }
  }

  @Test func nothingIsLeftAfterATimeout() async throws {
    try await bench.agent.serve(bench.host, minute: .seconds(5)) {
      let (calls, request) = try await begin()
      let answer = try await bench.agent.controller.answer(to: request)
      #expect(answer.raw?.className == "hudson.plugins.git.GitException")
      #expect(answer.raw?.message.contains("longer than 1 minutes") == true, "\(answer.raw?.message ?? "")")
      #expect(calls.text(answer).contains("ERROR: Timeout after 1 minutes"))
      try await expectNothingLeft()
    }
  }

  @Test func nothingIsLeftAfterTheWorkerWasKilled() async throws {
    try await bench.agent.serve(bench.host) {
      let (_, request) = try await begin()
      let workers = try bench.workers()
      #expect(!workers.isEmpty)
      for worker in workers { kill(worker, SIGKILL) }
      let answer = try await bench.agent.controller.answer(to: request)
      #expect(answer.raw?.message.contains("was ended by signal 9") == true, "\(answer.raw?.message ?? "")")
      try await expectNothingLeft()
    }
  }

  /// The agent is killed: its worker notices and removes the key; when both are killed, the next start does.
  @Test(arguments: [false, true]) func nothingIsLeftAfterTheAgentWasKilled(withItsWorker: Bool) async throws {
    var first = try await startProgram()
    let (_, request) = try await begin()
    _ = request
    let workers = try bench.workers()
    #expect(!workers.isEmpty)
    if withItsWorker { for worker in workers { kill(worker, SIGKILL) } }
    first.signal(SIGKILL)
    if withItsWorker { for worker in workers { kill(worker, SIGKILL) } }
    _ = await first.wait()
    #expect(try await bench.wait { try bench.workers().isEmpty })
    if !withItsWorker { #expect(try await !bench.holds(try keyLine("ed25519"))) }
    first = try await startProgram()
    defer { first.signal(SIGTERM) }
    try await expectNothingLeft()
  }

  private func startProgram() async throws -> ChildProcess {
    let directory = bench.base + "/conf"
    try FileSystem.makeDirectories(directory)
    try FileSystem.writeAtomically(Array("right\n".utf8), to: directory + "/secret", mode: 0o600)
    let text = """
      [agent]
        workdir = \(bench.base)/state
      [checkout]
        knownHosts = \(server.knownHosts)
      [controller "ci"]
        type = jenkins
        url = \(bench.agent.controller.url())
        node = builder
        secretFile = \(directory)/secret
        workdir = \(bench.agent.directory)

      """
    try FileSystem.writeAtomically(Array(text.utf8), to: directory + "/agent.conf", mode: 0o600)
    let process = try await ChildProcess.start(
      ChildProcess.Configuration(
        executable: try TestProgram.products + "/journeyman-agent", arguments: ["--config", directory + "/agent.conf"],
        environment: StandardPaths.processEnvironment))
    _ = try await bench.agent.controller.agent()
    return process
  }
}
