import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// A deployment that is killed at any moment is undone, or finished, by the next one.
@Suite(.takingTurns) struct AppSpecCrashTests {
  private let fixture: AppSpecFixture
  private let program: String

  init() throws {
    fixture = try AppSpecFixture()
    program = try TestProgram.products + "/deploy-crash"
    let events = ["ApplicationStop", "ApplicationStart"]
    try fixture.revision("one", files: ["a": "1", "lib/b": "1", "lib/c": "1", "gone/d": "1"], events: events)
    try fixture.revision("two", files: ["a": "2", "lib/b": "2", "new/e": "2", "over": "2"], events: events)
    symlink("a", fixture.workspace + "/one/app/link")
  }

  /// Deploys in a process of its own, which kills itself at a step; 0 is none.
  private func deploy(_ revision: String, killAt step: Int = 0) async throws -> TestProgram.Outcome {
    let values: [String: Any] = [
      "revision": revision, "root": fixture.state, "group": "shop", "file-exists-behavior": "OVERWRITE",
      "restart-previous": false,
    ]
    let settings = String(decoding: try JSONSerialization.data(withJSONObject: values), as: UTF8.self)
    return try await TestProgram.run(program, [fixture.workspace, settings, "\(step)"])
  }

  /// What is deployed, without times: putting the same revision there again changes them.
  private func content() throws -> [String: String] {
    try fixture.snapshot().mapValues { $0.replacing(#/ \d+\.\d+ /#, with: " ") }
  }

  /// A machine with revision one and a file that revision two will replace.
  private func prepare() async throws -> [String: String] {
    if fixture.deployed == nil {
      let first = try await deploy("one")
      try #require(first.status == 0, "\(first.output)\(first.errors)")
    }
    try fixture.write("foreign", to: fixture.target + "/app/over", mode: 0o600)
    return try fixture.snapshot()
  }

  /// The same machine again, after revision two was deployed.
  private func backToOne() async throws -> [String: String] {
    let back = try await deploy("one")
    try #require(back.status == 0, "\(back.output)\(back.errors)")
    unlink(fixture.target + "/app/over")
    return try await prepare()
  }

  @Test func atEveryStepOfTheRecord() async throws {
    var before = try await prepare()
    let whole = try await deploy("two")
    try #require(whole.output.contains("succeeded"), "\(whole.output)")
    let after = try content()
    let steps = whole.output.split(separator: "\n").filter { $0.hasPrefix("step ") }
    try #require(steps.count > 30, "\(whole.output)")
    var undone = 0
    before = try await backToOne()
    for step in 1...steps.count {
      let killed = try await deploy("two", killAt: step)
      #expect(killed.status == 137, "\(killed.output)")
      // A revision that is not there: what is found is put in order, and nothing else is done.
      let next = try await deploy("nowhere")
      #expect(next.status != 0 && !next.errors.contains("could be put back"), "\(next.output)\(next.errors)")
      let now = try fixture.snapshot()
      if now == before {
        undone += 1
      } else {
        #expect(try content() == after, "after a kill at \(steps[step - 1]): \(now)")
        before = try await backToOne()
      }
      let left = try FileManager.default.subpathsOfDirectory(atPath: fixture.root)
      #expect(
        !left.contains { $0.hasSuffix("/journal") || $0.contains("/saved") || $0.hasSuffix(".partial") }, "\(left)")
    }
    let committed = try #require(steps.firstIndex { $0.hasSuffix(" committed") })
    #expect(undone == committed, "everything before the record of success is undone, everything after it is done")
  }

  @Test func atEveryStepOfTheWayBack() async throws {
    let before = try await prepare()
    let installed = try await deploy("two", killAt: 1_000_000)
    let steps = installed.output.split(separator: "\n").filter { $0.hasPrefix("step ") }
    let last = try #require(steps.firstIndex { $0.hasSuffix(" installed") }) + 1
    let start = try await backToOne()
    #expect(start.keys == before.keys)
    let killed = try await deploy("two", killAt: last)
    try #require(killed.status == 137)
    var rounds = 0
    while true {
      // Each time one step further: what the last one undid is undone no more.
      let again = try await deploy("nowhere", killAt: rounds + 1)
      if again.status != 137 { break }
      rounds += 1
      try #require(rounds < 200)
    }
    #expect(rounds > 8)
    #expect(try fixture.snapshot() == start)
  }

  @Test func aScriptOfAKilledDeploymentIsEndedByTheNext() async throws {
    try fixture.revision(
      "slow", files: ["a": "slow"],
      scripts: ["ApplicationStart": "echo $$ >\(fixture.root)/script; exec sleep 600 >/dev/null 2>&1"],
      events: ["ApplicationStart"])
    let before = try await prepare()
    let running = Task { try await deploy("slow") }
    let script = try await fixture.process(in: "script")
    // The test's own runner kills what it started with everything of its session; the script has one of its own.
    running.cancel()
    _ = try await running.value
    #expect(AppSpecFixture.isAlive(script))
    let next = try await deploy("nowhere")
    #expect(next.status != 0)
    #expect(!AppSpecFixture.isAlive(script), "\(next.output)\(next.errors)")
    #expect(try fixture.snapshot() == before)
  }

  @Test(.enabled(if: geteuid() == 0, "needs a second user")) func anOrdinaryUserDeploysIntoADirectoryOfTheirOwn()
    async throws
  {
    let home = fixture.root + "/home"
    try FileSystem.makeDirectories(home + "/workspace")
    try fixture.plainRevision(
      "own",
      appspec:
        "files:\n  - {source: app, destination: \(home)/app}\nhooks:\n  ValidateService:\n    - location: check\n",
      files: ["app/a": "1", "check": "id -un >\(home)/user"])
    try await AppSpecFixture.machine("cp", "-r", fixture.workspace + "/own", home + "/workspace/own")
    try await AppSpecFixture.machine("chown", "-R", "journeyman-test:", home)
    let settings = #"{"revision":"own","root":"\#(home)/state"}"#
    for _ in 0..<2 {
      let outcome = try await TestProgram.run(
        "/usr/bin/setpriv",
        [
          "--reuid=journeyman-test", "--regid=journeyman-test", "--clear-groups", program, home + "/workspace",
          settings, "0",
        ])
      #expect(outcome.output.contains("succeeded deployed"), "\(outcome.output)\(outcome.errors)")
    }
    #expect(try fixture.read(home + "/app/a") == "1")
    #expect(try fixture.read(home + "/user") == "journeyman-test\n")
  }
}
