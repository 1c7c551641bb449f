import DeployAction
import DeploySite
import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// How scripts run: with what, as whom, how long, and what becomes of what they start.
@Suite(.takingTurns) struct AppSpecScriptTests {
  @Test func aScriptHasTheDocumentedVariablesAndItsRevisionAsDirectory() async throws {
    let fixture = try AppSpecFixture()
    try fixture.plainRevision(
      "app one",
      appspec: """
        hooks:
          AfterInstall:
            - location: my scripts/print it.sh
            - location: plain
        """,
      files: [
        "my scripts/print it.sh": """
        #!/bin/sh
        pwd >>\(fixture.events)
        for name in LIFECYCLE_EVENT DEPLOYMENT_ID APPLICATION_NAME DEPLOYMENT_GROUP_NAME DEPLOYMENT_GROUP_ID \
          BUNDLE_COMMIT AGENT; do eval "echo $name=\\$$name" >>\(fixture.events); done
        cat >>\(fixture.events)
        """, "plain": "echo no first line >>\(fixture.events)\n",
      ])
    let (outcome, _) = try await fixture.deploy("app one", ["application": "web"], commit: "c0ffee")
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let id = try #require(outcome.outputs["deployment-id"])
    #expect(
      try fixture.takeEvents() == [
        "\(fixture.state)/shop/\(id)/deployment-archive", "LIFECYCLE_EVENT=AfterInstall", "DEPLOYMENT_ID=\(id)",
        "APPLICATION_NAME=web", "DEPLOYMENT_GROUP_NAME=shop", "DEPLOYMENT_GROUP_ID=shop", "BUNDLE_COMMIT=c0ffee",
        "AGENT=yes", "no first line",
      ], "files without the right to be executed are given it, and nobody waits for input")
  }

  @Test(.enabled(if: geteuid() == 0, "only root may change users"))
  func aScriptRunsAsAnotherUser() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision(
      "one", files: ["a": "1"],
      scripts: [
        "AfterInstall": "echo $(id -un) $(id -Gn) $USER $LOGNAME $HOME >>\(fixture.events); echo hello; exit 0"
      ],
      options: ["AfterInstall": "runas: journeyman-test"])
    let (outcome, log) = try await fixture.deploy("one")
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let home = try #require(getpwnam("journeyman-test")).pointee.pw_dir.map { String(cString: $0) } ?? ""
    let expected = "journeyman-test journeyman-test journeyman-test journeyman-test \(home)"
    #expect(try fixture.takeEvents().contains(expected))
    #expect(log.contains("(as journeyman-test)") && log.contains("[stdout]hello"))
  }

  @Test func anUnknownUserFailsTheScript() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a": "1"], options: ["AfterInstall": "runas: nobody-of-that-name"])
    let (outcome, _) = try await fixture.deploy("one")
    #expect(outcome.status == .failed && outcome.outputs["error-code"] == "5")
    #expect(outcome.message.contains("nobody-of-that-name"))
    #expect(try fixture.snapshot().isEmpty)
  }

  @Test func aScriptThatTakesTooLongIsEndedWithWhatItStarted() async throws {
    let fixture = try AppSpecFixture()
    try fixture.plainRevision(
      "slow", appspec: "hooks:\n  BeforeInstall:\n    - {location: slow.sh, timeout: 1}\n",
      files: [
        "slow.sh":
          "#!/bin/sh\ntrap '' TERM\necho begun\nsleep 600 & echo $! >>\(fixture.events)\necho $$ >>\(fixture.events)\nwait; wait\nsleep 600\n"
      ])
    let (outcome, log) = try await fixture.deploy("slow")
    #expect(outcome.status == .failed && outcome.outputs["error-code"] == "3")
    #expect(outcome.message.contains("failed to complete in 1 seconds") && log.contains("[stdout]begun"))
    let processes = try fixture.takeEvents()
    #expect(processes.count == 2)
    for process in processes {
      #expect(!AppSpecFixture.isAlive(try #require(pid_t(process))), "\(process) is still there")
    }
  }

  @Test func anApplicationThatAScriptStartsLivesOn() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision(
      "one", files: ["a": "1"],
      scripts: ["ApplicationStart": "sleep 600 >/dev/null 2>&1 &\necho $! >\(fixture.root)/application"])
    let (outcome, _) = try await fixture.deploy("one")
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let application = try await fixture.process(in: "application")
    defer { kill(application, SIGKILL) }
    #expect(AppSpecFixture.isAlive(application), "the action has ended, and the application runs")
  }

  @Test func whatKeepsTheOutputOpenIsNamedSoon() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision(
      "one", files: ["a": "1"],
      scripts: ["ApplicationStart": "sleep 600 &\necho $! >\(fixture.root)/application"])
    let (outcome, _) = try await fixture.deploy("one")
    #expect(outcome.status == .failed && outcome.outputs["error-code"] == "6")
    let application = try await fixture.process(in: "application")
    #expect(outcome.message.contains("sleep (\(application))") && outcome.message.contains(">/dev/null 2>&1 &"))
    #expect(!AppSpecFixture.isAlive(application))
    #expect(try fixture.snapshot().isEmpty)
  }

  @Test func aLongOutputIsKeptWithinBounds() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision(
      "one", files: ["a": "1"],
      scripts: ["AfterInstall": "head -c 40000000 /dev/zero | tr '\\0' 'x' | fold -w 1000; echo the end; exit 1"])
    let (outcome, _) = try await fixture.deploy("one")
    #expect(outcome.status == .failed)
    let directory = "\(fixture.state)/shop/\(outcome.outputs["deployment-id"] ?? "")/logs"
    let size = try #require(FileManager.default.attributesOfItem(atPath: directory + "/scripts.log")[.size] as? Int)
    #expect(size > 10 << 20 && size < 20 << 20)
    let diagnostics = try fixture.read(directory + "/diagnostics.json")
    #expect(diagnostics.contains("the end") && diagnostics.utf8.count < 5000)
  }

  @Test func aStoppedBuildIsUndoneAndItsScriptEnded() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a": "1"])
    try fixture.revision(
      "two", files: ["a": "2"], scripts: ["ApplicationStart": "echo $$ >\(fixture.root)/script\nsleep 600"])
    try await fixture.deploy("one")
    let before = try fixture.snapshot()
    _ = try fixture.takeEvents()
    let task = Task { try await fixture.deploy("two") }
    let script = try await fixture.process(in: "script")
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(!AppSpecFixture.isAlive(script))
    #expect(try fixture.snapshot() == before)
    #expect(try fixture.takeEvents().suffix(2) == ["ApplicationStart one", "ValidateService one"])
  }
}
