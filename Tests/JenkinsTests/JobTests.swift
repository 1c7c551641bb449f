import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// `journeyman run` inside a step of a Jenkins job: the build is kept by the agent, and carried out in the job's sandbox.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct JobTests {
  private let agent: TestAgent
  private let build: Launching
  private let cookie = UUID().uuidString
  private let base: String

  init() async throws {
    agent = try await TestAgent()
    base = PathName.directory(of: agent.directory)
    build = Launching(
      controller: agent.controller, workspace: agent.directory + "/workspace/job",
      variables: ["JENKINS_NODE_COOKIE": cookie, "BUILD_TAG": "jenkins-job-1"])
    for (path, text) in [("token", "s3cret-token"), ("other", "s3cret-other"), ("plugin-token", "s3cret-plugin")] {
      try FileSystem.writeAtomically(Array(text.utf8), to: base + "/" + path, mode: 0o600)
    }
  }

  private func host(_ change: (inout Settings) -> Void = { _ in }) -> TestHost {
    var settings = agent.buildSettings
    settings.signing.key = base + "/signing.pem"
    settings.secrets = [
      SecretSettings(name: "token", source: .file(base + "/token")),
      SecretSettings(name: "other", source: .file(base + "/other")),
      SecretSettings(name: "plugin-token", source: .file(base + "/plugin-token")),
    ]
    change(&settings)
    return TestHost(settings)
  }

  private func serve(_ host: TestHost, allow: [String] = [], _ body: () async throws -> Void) async throws {
    var settings = try agent.settings()
    settings.allow = allow
    try await agent.serve(settings, host) {
      _ = try await agent.controller.agent()
      try await body()
    }
  }

  private func buildspec(_ text: String) throws {
    try FileSystem.makeDirectories(build.workspace)
    try FileSystem.writeAtomically(Array(text.utf8), to: build.workspace + "/buildspec.yml", mode: 0o644)
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try FileSystem.read(path, limit: 1 << 20), as: UTF8.self)
  }

  @Test func aBuildRunsInTheSandboxOfItsJob() async throws {
    try buildspec(
      """
      version: 0.2
      env:
        variables: {GREETING: hello}
      phases:
        build:
          commands:
            - export WHO=world
            - cat /tmp/mark; readlink /proc/self/ns/pid > here
            - echo "$GREETING $WHO in $CODEBUILD_SRC_DIR by $CODEBUILD_INITIATOR" | tee greeting.txt
      artifacts:
        files: [greeting.txt, here]
      """)
    try await serve(host()) {
      let (status, output) = try await build.run(
        "echo of-this-job > /tmp/mark; journeyman run --unsealed --output out; s=$?; readlink /proc/self/ns/pid; exit $s"
      )
      #expect(status == 0, "\(output)")
      #expect(output.contains("of-this-job\n"))
      #expect(output.contains("Commands run in the sandbox of the job"))
      #expect(output.contains("hello world in /tmp/journeyman-run-"))
      #expect(output.contains(" by ci/"))
      #expect(output.contains("everything is in \(build.workspace)/out"))
      // The source stays as it was; what came out belongs to the job.
      #expect(access(build.workspace + "/greeting.txt", F_OK) != 0)
      let result = try #require(
        try JSONSerialization.jsonObject(with: Data(try text(build.workspace + "/out/result.json").utf8))
          as? [String: Any])
      #expect(result["status"] as? String == "succeeded")
      #expect(try text(build.workspace + "/out/log.txt").contains("hello world"))
      #expect(try text(build.workspace + "/out/manifest.json").contains("artifacts/"))
      #expect(access(build.workspace + "/out/provenance.json", F_OK) != 0)
      let (_, listing) = try await build.run("cd out/artifacts && unzip -p *.zip here && rm -r ../../out && ls /tmp")
      #expect(listing.contains("pid:["))
      #expect(output.contains(listing.split(separator: "\n").first.map(String.init) ?? "nothing"))
      #expect(!listing.contains("journeyman-run-"))
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test(arguments: [
    ("exit 7", "", 1), ("sleep 60", "--timeout 2s", 124), ("true", "--sandbox off", 2),
    ("true", "--source http://x/", 2),
  ])
  func theExitStatusIsThatOfALocalBuild(_ command: String, _ options: String, _ expected: Int64) async throws {
    try buildspec("version: 0.2\nphases: {build: {commands: ['\(command)']}}\n")
    try await serve(host()) {
      let (status, output) = try await build.run("journeyman run --unsealed \(options)")
      #expect(status == expected, "\(output)")
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func onlyWhatIsAllowedCanBeUsed() async throws {
    try FileSystem.makeDirectories(base + "/store")
    let made = try await TestProgram.run(
      "/usr/bin/openssl", ["genpkey", "-algorithm", "ed25519", "-out", base + "/signing.pem"])
    #expect(made.status == 0)
    _ = chmod(base + "/signing.pem", 0o600)
    let host = host { settings in
      settings.artifactStores = [
        ArtifactStoreSettings(name: "archive", store: "file://\(base)/store"),
        ArtifactStoreSettings(name: "private", store: "file://\(base)/private"),
      ]
      settings.sandbox.hidden = [base + "/store", base + "/token", base + "/other", base + "/signing.pem"]
    }
    let allow = ["secret:token", "store:archive", "identity:signing", "plugin:test"]
    try await serve(host, allow: allow) {
      func run(_ text: String) async throws -> (status: Int64?, output: String) {
        try await build.run(
          """
          cat > buildspec.yml <<'END'
          version: 0.2
          \(text)
          END
          test -d .git || { git init -q; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one; }
          echo of-this-job > /tmp/mark; ls \(base)/store \(base)/token 2>&1; journeyman run --unsealed --output out
          """)
      }
      let used = try await run(
        """
        env: {secrets-manager: {TOKEN: token}}
        phases: {build: {commands: ['test "$TOKEN" = s3cret-token; echo "it is $TOKEN" > a.txt; cat a.txt']}}
        artifacts: {files: [a.txt]}
        """)
      #expect(used.status == 0, "\(used.output)")
      #expect(!used.output.contains("s3cret"))
      #expect(used.output.contains("No such file"))
      let stored = try await TestProgram.run("/usr/bin/find", [base + "/store", "-type", "f"])
      #expect(stored.output.contains("/manifest.json") && stored.output.contains("/provenance.json"))
      #expect(access(base + "/private", F_OK) != 0)
      // Nobody vouches for the commit that a job says it builds.
      let envelope = try JSONSerialization.jsonObject(
        with: Data(try FileSystem.read(build.workspace + "/out/provenance.json", limit: 1 << 20)))
      let payload = (envelope as? [String: Any])?["payload"] as? String ?? ""
      let statement = String(decoding: Data(base64Encoded: payload) ?? Data(), as: UTF8.self)
      #expect(statement.contains(#""job":"ci/"#), "\(statement)")
      #expect(statement.contains("sandbox") && !statement.contains("gitCommit"), "\(statement)")
      let refused = try await run(
        "env: {secrets-manager: {TOKEN: other}}\nphases: {build: {commands: ['echo ran']}}")
      #expect(refused.status != 0)
      #expect(refused.output.contains("'secret:other' is not in allow"), "\(refused.output)")
      let plugin = try await run(
        """
        phases: {build: {commands: ['echo ran']}}
        actions: [{name: a, uses: approval, with: {message: hi}}]
        """)
      #expect(plugin.status != 0)
      #expect(plugin.output.contains("'plugin:approval' is not in allow"), "\(plugin.output)")
      let granted = try await run(
        """
        phases: {build: {commands: ['echo ran']}}
        actions: [{name: a, uses: test, with: {command: 'cat /tmp/mark'}}]
        """)
      #expect(granted.output.contains("of-this-job"), "\(granted.output)")
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func thePluginHasASecretThatTheJobDoesNotSee() async throws {
    let server = try await StoreServer()
    let host = host { settings in
      var grant = PluginSettings.Grant(name: "package")
      grant.secrets = ["plugin-token"]
      settings.plugins.grants = [grant]
      settings.sandbox.hidden = [base + "/plugin-token"]
    }
    try await serve(host, allow: ["plugin:package"]) {
      try buildspec(
        """
        version: 0.2
        phases: {build: {commands: ['env; echo text > a.txt']}}
        actions:
          - name: publish
            uses: package
            secrets: [plugin-token]
            with: {type: generic, repository: '\(server.url("raw"))', files: [a.txt], password: plugin-token}
        """)
      let (status, output) = try await build.run("journeyman run --unsealed")
      #expect(status == 0, "\(output)")
      #expect(!output.contains("s3cret-plugin"))
      let put = try #require(try server.requests().first { $0.method == "PUT" })
      #expect(put.headers["authorization"] == "Bearer s3cret-plugin")
      try buildspec(
        "version: 0.2\nenv: {secrets-manager: {T: plugin-token}}\nphases: {build: {commands: ['echo $T']}}\n")
      let (_, refused) = try await build.run("journeyman run --unsealed")
      #expect(refused.contains("'secret:plugin-token' is not in allow"), "\(refused)")
      try buildspec(
        """
        version: 0.2
        phases: {build: {commands: ['true']}}
        actions: [{name: a, uses: package, secrets: [other], with: {type: generic, repository: 'http://127.0.0.1:1/',
          files: ['*.yml'], password: other}}]
        """)
      let (_, foreign) = try await build.run("journeyman run --unsealed")
      #expect(foreign.contains("there is no secret 'other'"), "\(foreign)")
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func aBuildEndsWithItsJob() async throws {
    let mark = "7\(Int.random(in: 10_000...99_999))"
    try buildspec("version: 0.2\nphases: {build: {commands: ['echo begun', 'sleep \(mark)']}}\n")
    try await serve(host()) {
      let log = Int32.random(in: 1...1_000_000)
      _ = try await build.launch(["/bin/sh", "-c", "exec journeyman run --unsealed"], log: log, quiet: true)
      while try await !isRunning("sleep\0\(mark)") { try await Task.sleep(for: .milliseconds(50)) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: base + "/state/work").count == 2)
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
      // The process that kept it notices by itself.
      var left = ["?"]
      for _ in 0..<600 where !left.isEmpty {
        left = try FileManager.default.contentsOfDirectory(atPath: base + "/state/work")
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(left == [])
      #expect(try await !isRunning("sleep\0\(mark)"))
    }
  }

  private func isRunning(_ text: String) async throws -> Bool {
    try await runBlocking {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
        guard Int(name) != nil, let line = try? FileSystem.read("/proc/\(name)/cmdline", limit: 1 << 20) else {
          return false
        }
        return String(decoding: line, as: UTF8.self).contains(text)
      }
    }
  }

  /// The process that packages what a job leaves can read more than the job.
  @Test(.enabled(if: geteuid() == 0, "an agent of an ordinary user can read no more than that user's jobs"))
  func aJobGetsNothingPackagedThatItCannotReadItself() async throws {
    let secret = base + "/visible"
    try FileSystem.makeDirectories(secret + "/own", mode: 0o755)
    try FileSystem.writeAtomically(Array("of-the-host".utf8), to: secret + "/file", mode: 0o600)
    for path in [secret, secret + "/file"] { #expect(chown(path, 2_000_000, 2_000_000) == 0) }
    let host = host { $0.sandbox.readOnly = [secret] }
    try await serve(host) {
      let spec = "version: 0.2\nphases: {build: {commands: ['true']}}\nartifacts: {files: ['**/*']}\n"
      try buildspec(spec)
      // The directory itself, whatever is mounted beneath one of the job's own, and a way to it through a link.
      let (_, direct) = try await build.run(
        "cat \(secret)/file; journeyman run --in-place --unsealed --output /tmp/a --buildspec file \(secret); ls -R /tmp/a"
      )
      #expect(direct.contains("is not the job's own"), "\(direct)")
      #expect(!direct.contains("of-the-host"), "\(direct)")
      let (_, above) = try await build.run(
        "cp buildspec.yml \(base) && journeyman run --in-place --unsealed --output /tmp/b \(base); unzip -p /tmp/b/artifacts/*.zip"
      )
      #expect(!above.contains("of-the-host"), "\(above)")
      #expect(above.contains("Skipping visible: it leads out"), "\(above)")
      let (_, linked) = try await build.run(
        "ln -s \(secret) there; journeyman run --in-place --unsealed --output /tmp/c; unzip -p /tmp/c/artifacts/*.zip")
      #expect(linked.contains("version: 0.2"), "\(linked)")
      #expect(!linked.contains("of-the-host"), "\(linked)")
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func nonsenseOnTheSocketHarmsNobody() async throws {
    try buildspec("version: 0.2\nphases: {build: {commands: ['echo fine']}}\n")
    try await serve(host()) {
      let (status, output) = try await build.run(
        """
        cat > nonsense.py <<'END'
        import array, os, random, socket
        random.seed(7)
        for round in range(40):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.connect(os.environ["JOURNEYMAN_JOB"] + "/control")
            text = random.choice([b"", b"{}", b"[" * 5000, os.urandom(300), b'{"directory":"/","scripts":"/"}'])
            files = [os.open("/dev/null", os.O_RDONLY) for _ in range(random.randint(0, 5))]
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
            s.sendmsg([text], rights)
            for f in files: os.close(f)
            s.close()
        END
        python3 nonsense.py; journeyman run --unsealed
        """)
      #expect(status == 0, "\(output)")
      #expect(output.contains("fine"))
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }

  @Test func aBuildGoesOnWhenTheAgentIsStartedAgain() async throws {
    try buildspec("version: 0.2\nphases: {build: {commands: ['sleep 3', 'echo went on']}}\n")
    try await serve(host()) {
      try await build.startDurable("journeyman run --unsealed; journeyman run --unsealed", cookie: "durable-x")
      try await Task.sleep(for: .seconds(1))
    }
    try await serve(host()) {
      #expect(try await build.durableEnd() == 0)
      let log = try await build.durableLog()
      #expect(log.split(separator: "went on\n").count == 3, "\(log)")
      try await build.kill(["JENKINS_NODE_COOKIE": cookie])
    }
  }
}
