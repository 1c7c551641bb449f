import Foundation
import JourneymanSandbox
import JourneymanSupport
import JourneymanTransport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// `agent register jenkins` with a user's token, and what the token is used for later: the programs themselves against a
/// server that has Jenkins' web interface and takes agents.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct RegistrationTests {
  private let controller: ScriptedController
  private let directory = RemovedDirectory()
  private var base: String { directory.path }
  private var configuration: String { base + "/conf/agent.conf" }
  private var program: String { get throws { try TestProgram.products + "/journeyman" } }

  private final class RemovedDirectory: Sendable {
    let path = NSTemporaryDirectory() + "journeyman-registration-\(UUID().uuidString)"
    deinit { try? FileSystem.removeTree(path) }
  }

  init() async throws {
    controller = try await ScriptedController()
    try FileSystem.makeDirectories(base + "/conf")
    try FileSystem.writeAtomically(Array("[agent]\n  workdir = \(base)/state\n".utf8), to: configuration, mode: 0o600)
  }

  private func register(
    _ name: String, _ more: [String] = [], user: String = "boss", token: String? = nil, prefix: String = ""
  ) async throws -> TestProgram.Outcome {
    let file = base + "/token"
    try FileSystem.writeAtomically(Array("\(token ?? "token-of-\(user)")\n".utf8), to: file)
    let outcome = try await TestProgram.run(
      try program,
      [
        "agent", "register", "jenkins", "--url", controller.web(prefix), "--name", name, "--config", configuration,
        "--user", user, "--token-file", file,
      ] + more)
    #expect(!(outcome.output + outcome.errors).contains("token-of") && !outcome.errors.contains("pass word"))
    return outcome
  }

  private var text: String {
    get throws { String(decoding: try FileSystem.read(configuration, limit: 10_000), as: UTF8.self) }
  }

  /// What Jenkins answers the administrator.
  private func ask(_ path: String, _ method: String = "GET") async throws -> String {
    let client = HTTPClient()
    defer { client.shutDown() }
    var request = HTTPRequest(method, try WebAddress(controller.web(path)))
    request.authorization = .basic(user: "boss", password: Secret("token-of-boss"))
    if method == "POST" { request.body = .bytes([]) }
    return String(decoding: try await client.send(request).body, as: UTF8.self)
  }

  private func requests() async throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data(try await ask("requests").utf8))
  }

  // MARK: Registering

  @Test func aNodeIsMadeAndRegistered() async throws {
    let registered = try await register(
      "new", ["--label", "linux", "--label", "big machine", "--executors", "3", "--workdir", base + "/node"])
    #expect(registered.status == 0, "\(registered.errors)")
    #expect(registered.output.contains("this machine runs 1 at once; for 3 set executors in [agent]"))
    let document = try await ask("computer/new/config.xml")
    for part in [
      "<label>linux \"big machine\"</label>", "<numExecutors>3</numExecutors>", "<remoteFS>\(base)/node</remoteFS>",
      "<launcher class=\"hudson.slaves.JNLPLauncher\">", "<webSocket>true</webSocket>",
    ] { #expect(document.contains(part), "\(part) in \(document)") }
    for (kind, content) in [("token", "token-of-boss\n"), ("secret", nil)] {
      let path = base + "/conf/jenkins-new.\(kind)"
      var status = stat()
      #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
      if let content { #expect(String(decoding: try FileSystem.read(path, limit: 100), as: UTF8.self) == content) }
    }
    let section = try text
    for line in ["user = \"boss\"", "executors = \"3\"", "workdir = \"\(base)/node\"", "/jenkins-new.token\""] {
      #expect(section.contains(line), "\(section)")
    }
    #expect(!section.contains("token-of"))
    // The connection was tried with the node's own secret.
    let fields = try await controller.agent()
    #expect(fields["node-name"] == "new" && fields["secret-key"]?.utf8.count == 64)
    // A token needs no crumb.
    #expect(try await !requests().contains { $0.contains("crumb") })
  }

  @Test func aNodeIsChangedInWhatWasAskedForAlone() async throws {
    let before = try await ask("computer/old/config.xml")
    let registered = try await register("old", ["--label", "a&b", "--label", "<x>", "--executors", "2"])
    #expect(registered.status == 0, "\(registered.errors)")
    let after = before.replacing("<label>a&amp;b  linux</label>", with: "<label>a&amp;b &lt;x&gt;</label>")
      .replacing("<numExecutors>1</numExecutors>", with: "<numExecutors>2</numExecutors>")
    #expect(after != before)
    #expect(try await ask("computer/old/config.xml") == after)
    // The directory is the one that the node has.
    #expect(try text.contains("workdir = \"/srv/agent\""))
    // Once more: nothing is left to change, neither there nor here.
    let section = try text
    let again = try await register(
      "old", ["--label", "a&b", "--label", "<x>", "--executors", "2", "--url", String(controller.web().dropLast())])
    #expect(again.status == 0 && again.output.contains("is registered"), "\(again.errors)")
    #expect(try text == section)
    #expect(try await requests().count { $0.hasPrefix("POST /computer/old/config.xml") } == 1)
    // With other wishes both change, and what stands in agent.conf beside them stays.
    try FileSystem.writeAtomically(
      Array((section + "  allow = secret:x\n").utf8), to: configuration, mode: 0o600)
    let more = try await register("old", ["--executors", "4", "--workdir", base + "/node"])
    #expect(more.status == 0, "\(more.errors)")
    #expect(
      try await ask("computer/old/config.xml")
        == after.replacing("<numExecutors>2</numExecutors>", with: "<numExecutors>4</numExecutors>")
        .replacing("/srv/agent", with: base + "/node"))
    let shown = try await TestProgram.run(try program, ["configuration", "--config", configuration])
    #expect(shown.output.contains(#""executors":4"#) && shown.output.contains("secret:x"), "\(shown.output)")
  }

  @Test func namesAndPrefixesAreKept() async throws {
    let name = "Büro 2 (Ñ)"
    let registered = try await register(name, ["--label", "x"], prefix: "jenkins/")
    #expect(registered.status == 0, "\(registered.errors)")
    let asked = try await requests()
    let path = "/jenkins/computer/B%C3%BCro%202%20%28%C3%91%29/"
    #expect(asked.contains("GET \(path)slave-agent.jnlp 200"), "\(asked)")
    #expect(asked.allSatisfy { $0.contains(" /jenkins/") })
    // The directory is beneath the agent's own when nobody names one.
    let encoded = PercentEncoding.encode(name)
    let document = try await ask("jenkins/computer/\(encoded)/config.xml")
    #expect(document.contains("<remoteFS>\(base)/state/\(name)</remoteFS>"))
    #expect(try await controller.agent()["node-name"] == name)
  }

  @Test func aPasswordTakesACrumb() async throws {
    let registered = try await register("new", token: "pass word")
    #expect(registered.status == 0, "\(registered.errors)")
    let asked = try await requests()
    #expect(asked.contains { $0.hasPrefix("POST /computer/doCreateItem") && $0.hasSuffix(" 403") })
    #expect(asked.contains("GET /crumbIssuer/api/json 200"))
    #expect(asked.contains { $0.hasPrefix("POST /computer/doCreateItem") && $0.hasSuffix(" 302") })
  }

  @Test func aNewConfigurationLetsTheMachineRunAsManyBuilds() async throws {
    unlink(configuration)
    let registered = try await register("new", ["--executors", "3", "--workdir", base + "/node"])
    #expect(registered.status == 0, "\(registered.errors)")
    #expect(try text.hasPrefix("[agent]\n  executors = 3\n\n[controller \"new\"]\n"))
    #expect(!registered.output.contains("at once"))
    let shown = try await TestProgram.run(try program, ["configuration", "--config", configuration])
    #expect(shown.status == 0 && shown.output.contains(#""executors":3"#))
  }

  @Test func aConnectedAgentIsNotDisturbed() async throws {
    #expect(try await register("new").status == 0)
    _ = try await controller.agent()
    let running = try await start()
    let again = try await register("new", ["--label", "more"])
    #expect(again.status == 0 && again.output.contains("agent reload"), "\(again.errors)")
    #expect(try await ask("computer/new/config.xml").contains("<label>more</label>"))
    // A second connection would have come before this one's end.
    #expect(try await steer("stop").status == 0)
    #expect(try await running.end.value == 0)
    while true {
      let event = try await controller.next()
      if case .open = event { Issue.record("it connected a second time") }
      if case .closed = event { break }
    }
  }

  // MARK: What is refused

  @Test func aCertificateOfAStrangerIsRefused() async throws {
    let certificates = try await TestCertificates()
    let server = try await StoreServer(certificates: certificates.path)
    try FileSystem.writeAtomically(Array("token-of-boss\n".utf8), to: base + "/token")
    let origin = server.secureURL("").split(separator: "/").prefix(2).joined(separator: "//")
    let outcome = try await TestProgram.run(
      try program,
      [
        "agent", "register", "jenkins", "--url", origin + "/", "--name", "new", "--config", configuration, "--user",
        "boss", "--token-file", base + "/token",
      ])
    #expect(outcome.status == 3 && outcome.errors.contains("certificate"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("token-of"))
    try expectNothingWritten()
  }

  /// Nothing is left in the directory of agent.conf, and agent.conf is as it was.
  private func expectNothingWritten() throws {
    #expect(try FileManager.default.contentsOfDirectory(atPath: base + "/conf") == ["agent.conf"])
    #expect(try !text.contains("controller"))
  }

  @Test func refusalsSayWhatIsMissing() async throws {
    let wrong = try await register("new", token: "token-of-nobody")
    #expect(wrong.status == 3 && wrong.errors.contains("does not know the user 'boss' with this token"))
    let reader = try await register("new", user: "reader")
    #expect(reader.status == 3 && reader.errors.contains("permission Agent/Create"), "\(reader.errors)")
    let changing = try await register("old", ["--label", "x"], user: "reader")
    #expect(changing.status == 3 && changing.errors.contains("'reader' needs the permission Agent/Configure"))
    let unsafe = try await register("what?")
    #expect(unsafe.status == 3 && unsafe.errors.contains("unsafe character in the name"), "\(unsafe.errors)")
    let other = try await register("ssh", ["--label", "x"])
    #expect(other.status == 3 && other.errors.contains("SSHLauncher"), "\(other.errors)")
    #expect(try await ask("computer/ssh/config.xml").contains("<label/>"))
    let nowhere = try await register("new", prefix: "elsewhere/")
    #expect(nowhere.status == 3 && nowhere.errors.contains("is no Jenkins controller"), "\(nowhere.errors)")
    try expectNothingWritten()
  }

  @Test func whatWasDoneIsSaidWhenTheRestFails() async throws {
    // Who may make agents may not see their secrets.
    let maker = try await register("new", user: "maker")
    #expect(maker.status == 3 && maker.errors.contains("permission Agent/Connect"), "\(maker.errors)")
    #expect(maker.errors.contains("the node 'new' was made in Jenkins and stands there"))
    #expect(try await ask("computer/new/config.xml").contains("<name>new</name>"))
    try expectNothingWritten()
    // A secret that is given needs no permission; a wrong one is found out.
    try FileSystem.writeAtomically(Array("wrong\n".utf8), to: base + "/given")
    let given = try await register("new", ["--secret-file", base + "/given"], user: "maker")
    #expect(given.status == 3 && given.errors.contains("refuses the secret"), "\(given.errors)")
    try expectNothingWritten()
  }

  @Test func labelsAndExecutorsNeedAUser() async throws {
    try FileSystem.writeAtomically(Array("right\n".utf8), to: base + "/given")
    let common = [
      "agent", "register", "jenkins", "--url", controller.web(), "--name", "builder", "--config", configuration,
      "--secret-file", base + "/given",
    ]
    for (more, part) in [
      (["--label", "x"], "--label changes the node in Jenkins, which needs --user"),
      (["--executors", "2"], "--executors"),
      (["--name", "łódź"], "beyond ISO 8859-1"), (["--name", " a"], "is not a node's name"),
      (["--user", "boss"], "--user and --token-file go together"), (["--token-file", base + "/given"], "go together"),
      (["--user", "a:b", "--token-file", base + "/given"], "is not the id"),
      (["--user", "boss", "--token-file", base + "/given", "--executors", "0"], "1 to 1024"),
      (["--user", "boss", "--token-file", base + "/given", "--label", " "], "is not a label"),
    ] {
      let outcome = try await TestProgram.run(try program, common + more)
      #expect(outcome.status == 2 && outcome.errors.contains(part), "\(more): \(outcome.errors)")
    }
    let without = try await TestProgram.run(try program, Array(common.dropLast(2)))
    #expect(without.status == 2 && without.errors.contains("--token-file"))
    #expect(try await requests().isEmpty)
    try expectNothingWritten()
  }

  // MARK: Draining

  /// Starts the agent and waits until it is online.
  private func start() async throws -> (end: Task<Int32, any Error>, errors: String) {
    let errors = base + "/log-\(UUID().uuidString)"
    let program = try program
    let arguments = ["agent", "start", "--config", configuration]
    let end = Task {
      let log = try FileSystem.open(errors, flags: O_WRONLY | O_CREAT)
      let runner = ProcessRunner()
      let result = try await runner.run(
        Command(
          executable: program, arguments: arguments, environment: StandardPaths.processEnvironment,
          standardError: log.number, timeout: .seconds(300), teardown: [.terminate(after: .seconds(60)), .kill]))
      await runner.end()
      return result.status.shellStatus
    }
    _ = try await controller.agent()
    return (end, errors)
  }

  private func steer(_ word: String) async throws -> TestProgram.Outcome {
    try await TestProgram.run(try program, ["agent", word, "--config", configuration])
  }

  private func log(_ path: String) throws -> String {
    String(decoding: try FileSystem.read(path, limit: 1 << 20), as: UTF8.self)
  }

  private func state(of node: String = "new") async throws -> String {
    try await ask("computer/\(node)/api/json")
  }

  @Test func drainingFinishesBuildsAndSetsTheNodeOfflineUntilTheNextStart() async throws {
    #expect(try await register("new").status == 0)
    _ = try await controller.agent()
    let first = try await start()
    let build = Launching(
      controller: controller, workspace: base + "/state/new/workspace/job",
      variables: ["BUILD_TAG": "jenkins-job-\(UUID().uuidString)"])
    let (process, _) = try await build.launch(
      ["/bin/sh", "-c", "while [ ! -e go ]; do sleep 0.05; done; exit 7"], log: 5)
    let drained = try await steer("drain")
    #expect(drained.output == "draining: 1 builds run\n", "\(drained.errors)")
    while try await !state().contains(#""temporarilyOffline": true"#) { try await Task.sleep(for: .milliseconds(20)) }
    #expect(try await state().contains("journeyman agent drain: online again when the agent starts"))
    // The build goes on, and the agent waits for it.
    try FileSystem.writeAtomically([], to: build.workspace + "/go")
    #expect(try await build.join(process).status == 7)
    _ = try build.askToKill(build.variables)
    #expect(try await first.end.value == 0)
    #expect(try log(first.errors).contains("new: the node is offline in Jenkins"))

    let second = try await start()
    #expect(try log(second.errors).contains("new: the node is online in Jenkins again"))
    #expect(try await state().contains(#""temporarilyOffline": false"#))
    // Versions before 2.482 forget why the node is offline; the agent does not.
    #expect(try await steer("drain").status == 0)
    #expect(try await second.end.value == 0)
    _ = try await ask("forget?node=new", "POST")
    let third = try await start()
    #expect(try await state().contains(#""temporarilyOffline": false"#))
    #expect(try await steer("stop").status == 0)
    #expect(try await third.end.value == 0)
    // With nothing to remember, somebody else may have done it.
    _ = try await ask("forget?node=new", "POST")
    let fourth = try await start()
    #expect(try await state().contains(#""temporarilyOffline": true"#))
    #expect(try await steer("stop").status == 0)
    #expect(try await fourth.end.value == 0)
  }

  @Test func whatAPersonSetOfflineStaysSo() async throws {
    #expect(try await register("new").status == 0)
    _ = try await controller.agent()
    let first = try await start()
    _ = try await ask("offline?node=new&message=new%20disk", "POST")
    #expect(try await steer("drain").status == 0)
    #expect(try await first.end.value == 0)
    #expect(try log(first.errors).contains("the node was offline in Jenkins already"))
    let second = try await start()
    #expect(try await state().contains("new disk"))
    // Also when the agent had drained before, and the person came after it.
    #expect(try await ask("computer/new/toggleOffline", "POST").isEmpty)
    #expect(try await steer("drain").status == 0)
    #expect(try await second.end.value == 0)
    _ = try await ask("offline?node=new&message=new%20disk", "POST")
    let third = try await start()
    #expect(try log(third.errors).contains("somebody has set the node offline in Jenkins (new disk); it stays so"))
    #expect(try await state().contains("new disk"))
    #expect(try await steer("stop").status == 0)
    #expect(try await third.end.value == 0)
  }

  @Test func theAgentDrainsAlsoWhenJenkinsRefuses() async throws {
    #expect(try await register("new", user: "worker").status == 0)
    _ = try await controller.agent()
    let running = try await start()
    #expect(try await steer("drain").status == 0)
    #expect(try await running.end.value == 0)
    let text = try log(running.errors)
    #expect(text.contains("'worker' needs the permission Agent/Disconnect; draining without its help"), "\(text)")
    #expect(!text.contains("token-of"))
    #expect(try await state().contains(#""temporarilyOffline": false"#))
  }
}
