import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// An application that is deployed to this machine, again and again, and brought back when that fails.
@Suite(.takingTurns) struct AppSpecDeployTests {
  private static let previousFirst = ["BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop"]
  private static let others = AppSpecFixture.scriptable.filter { !previousFirst.contains($0) }

  @Test func anApplicationIsDeployedTwiceAndBroughtBack() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["run.txt": "1", "lib/a.txt": "a", "old/gone.txt": "x", ".hidden": "h"])
    try fixture.revision("two", files: ["run.txt": "2", "lib/a.txt": "a", "lib/b.txt": "b"])
    let app = fixture.target + "/app"

    let first = try await fixture.deploy("one", commit: "c0ffee")
    #expect(first.outcome.status == .succeeded, "\(first.outcome.message)")
    #expect(first.outcome.message.contains("4 files"))
    #expect(try fixture.takeEvents() == Self.others.map { "\($0) one" }, "the first has nothing to stop")
    #expect(try fixture.read(app + "/lib/a.txt") == "a")
    let before = try fixture.snapshot()

    let second = try await fixture.deploy("two")
    #expect(second.outcome.status == .succeeded, "\(second.outcome.message)")
    #expect(
      try fixture.takeEvents() == Self.previousFirst.map { "\($0) one" } + Self.others.map { "\($0) two" },
      "the revision that runs is stopped by its own scripts")
    #expect(
      second.log.contains("the previous revision c0ffee (deployment \(first.outcome.outputs["deployment-id"] ?? "?"))"))
    #expect(second.outcome.outputs["previous-deployment-id"] == first.outcome.outputs["deployment-id"])
    #expect(try fixture.read(app + "/run.txt") == "2")
    #expect(!FileManager.default.fileExists(atPath: app + "/old"), "an empty directory goes with its files")
    #expect(!FileManager.default.fileExists(atPath: app + "/.hidden"))

    let third = try await fixture.deploy("one", commit: "c0ffee")
    #expect(third.outcome.status == .succeeded, "\(third.outcome.message)")
    #expect(Set(try fixture.snapshot().keys) == Set(before.keys))
    #expect(try fixture.read(app + "/run.txt") == "1")
    #expect(fixture.deployed == third.outcome.outputs["deployment-id"])
    #expect(!FileManager.default.fileExists(atPath: fixture.state + "/shop/journal"))
  }

  @Test(arguments: AppSpecFixture.scriptable) func aScriptThatFailsLeavesEverythingAsItWas(_ event: String) async throws
  {
    let fixture = try AppSpecFixture()
    // The scripts of the first three events are the previous revision's, which failed in no deployment of its own.
    let isPrevious = Self.previousFirst.contains(event)
    try fixture.revision(
      "one", files: ["run.txt": "1", "lib/a.txt": "a", "empty/x": ""], scripts: isPrevious ? [event: "exit 3"] : [:])
    try fixture.revision(
      "two", files: ["run.txt": "2", "more/b.txt": "b"],
      scripts: isPrevious ? [:] : [event: "echo on its way; echo broken >&2; exit 3"])
    try await fixture.deploy("one")
    chmod(fixture.target + "/app/run.txt", 0o4751)
    let (before, deployed) = (try fixture.snapshot(), fixture.deployed)
    _ = try fixture.takeEvents()

    let failed = try await fixture.deploy("two")
    #expect(failed.outcome.status == .failed)
    #expect(failed.outcome.message.contains(event) && failed.outcome.message.contains("exit code 3"))
    #expect(failed.outcome.outputs["error-code"] == "4")
    #expect(try fixture.snapshot() == before)
    #expect(fixture.deployed == deployed)
    let run = try fixture.takeEvents()
    #expect(run.contains { $0.hasPrefix("\(event) ") })
    let restarts = run.suffix(2) == ["ApplicationStart one", "ValidateService one"]
    #expect(restarts == !isPrevious, "what was stopped is started again: \(run)")
    let hasStarted = ["ApplicationStart", "ValidateService", "BeforeAllowTraffic", "AfterAllowTraffic"].contains(event)
    #expect(run.contains("ApplicationStop two") == hasStarted, "and what was started is stopped: \(run)")

    let directory = "\(fixture.state)/shop/\(failed.outcome.outputs["deployment-id"] ?? "")/logs"
    let diagnostics = try fixture.read(directory + "/diagnostics.json")
    #expect(diagnostics.contains("\"error_code\" : 4") && diagnostics.contains("scripts/\(event).sh"))
    if !isPrevious {
      #expect(diagnostics.contains("broken"))
      let log = try fixture.read(directory + "/scripts.log")
      #expect(log.contains("LifecycleEvent - \(event)\n") && log.contains("Script - scripts/\(event).sh\n"))
      #expect(log.contains("[stdout]on its way\n") && log.contains("[stderr]broken\n"))
      #expect(log.split(separator: "\n").allSatisfy { $0.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*/) != nil })
      #expect(failed.log.contains("[stderr]broken"))
    }

    try fixture.revision("three", files: ["run.txt": "3"])
    let next = try await fixture.deploy("three", ["force": true])
    #expect(next.outcome.status == .succeeded, "\(next.outcome.message)")
    #expect(try fixture.read(fixture.target + "/app/run.txt") == "3")
  }

  @Test func aFirstDeploymentThatFailsLeavesNothing() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a/b/c.txt": "1"], scripts: ["ValidateService": "exit 1"])
    let failed = try await fixture.deploy("one")
    #expect(failed.outcome.status == .failed)
    #expect(try fixture.snapshot().isEmpty)
    #expect(fixture.deployed == nil)
  }

  @Test func withoutRestartNoFurtherScriptRuns() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a": "1"])
    try fixture.revision("two", files: ["a": "2"], scripts: ["ValidateService": "exit 1"])
    try await fixture.deploy("one")
    _ = try fixture.takeEvents()
    let failed = try await fixture.deploy("two", ["restart-previous": false])
    #expect(failed.outcome.status == .failed)
    #expect(try fixture.takeEvents().last == "ValidateService two")
    #expect(try fixture.read(fixture.target + "/app/a") == "1")
  }

  @Test func aBrokenApplicationStopIsNamedAndCanBeIgnored() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a": "1"], scripts: ["ApplicationStop": "exit 9"])
    try fixture.revision("two", files: ["a": "2"])
    let first = try await fixture.deploy("one", commit: "badc0de")
    let id = try #require(first.outcome.outputs["deployment-id"])
    let stuck = try await fixture.deploy("two")
    #expect(stuck.outcome.status == .failed)
    for part in ["badc0de", id, "force: true", "exit code 9"] { #expect(stuck.outcome.message.contains(part)) }
    #expect(try fixture.read(fixture.target + "/app/a") == "1")
    let forced = try await fixture.deploy("two", ["force": true])
    #expect(forced.outcome.status == .succeeded)
    #expect(forced.log.contains("warning: ") && forced.log.contains("because of 'force'"))
    #expect(try fixture.read(fixture.target + "/app/a") == "2")
  }

  @Test func aPreviousRevisionThatIsGoneCanBeIgnored() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a": "1", "b": "1"])
    try fixture.revision("two", files: ["a": "2"])
    let id = try #require(try await fixture.deploy("one").outcome.outputs["deployment-id"])
    try FileSystem.removeTree("\(fixture.state)/shop/\(id)/deployment-archive")
    await #expect { try await fixture.deploy("two") } throws: {
      "\($0)".contains(id) && "\($0)".contains("force: true")
    }
    #expect(try fixture.read(fixture.target + "/app/a") == "1")
    #expect(try await fixture.deploy("two", ["force": true]).outcome.status == .succeeded)
    #expect(try fixture.snapshot().keys.sorted() == ["app", "app/a"], "its files are known all the same")
  }

  @Test func aBrokenRevisionStopsNothing() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a": "1"])
    try await fixture.deploy("one")
    _ = try fixture.takeEvents()
    try fixture.plainRevision("typo", appspec: "hooks:\n  Aplicationstart:\n    - location: x\n")
    await #expect { try await fixture.deploy("typo") } throws: { "\($0)".contains("appspec.yml:5: hooks: 'Aplication") }
    try fixture.plainRevision("missing", appspec: "hooks:\n  AfterInstall:\n    - location: nowhere.sh\n")
    let missing = try await fixture.deploy("missing")
    #expect(missing.outcome.status == .failed && missing.outcome.outputs["error-code"] == "1")
    await #expect(throws: (any Error).self) { try await fixture.deploy("no such revision") }
    #expect(try fixture.takeEvents().isEmpty)
    #expect(try fixture.read(fixture.target + "/app/a") == "1")
  }

  @Test func filesInTheWay() async throws {
    let fixture = try AppSpecFixture()
    let there = fixture.target + "/app/there"
    try fixture.write("mine", to: there, mode: 0o640)
    symlink("/etc/hostname", fixture.target + "/app/link")
    let before = try fixture.snapshot()
    let files = ["there": "theirs", "link": "a file", "new": "n"]

    try fixture.revision("disallow", files: files)
    await #expect { try await fixture.deploy("disallow") } throws: { error in
      "\(error)".contains(there) && "\(error)".contains("OVERWRITE")
    }
    #expect(try fixture.snapshot() == before)

    try fixture.revision(
      "fails", files: files, scripts: ["AfterInstall": "exit 1"], head: "file_exists_behavior: OVERWRITE")
    #expect(try await fixture.deploy("fails").outcome.status == .failed)
    #expect(try fixture.snapshot() == before)

    try fixture.revision("retain", files: files)
    let retained = try await fixture.deploy("retain", ["file-exists-behavior": "RETAIN"])
    #expect(retained.outcome.status == .succeeded && retained.log.contains("\(there) exists and stays"))
    #expect(try fixture.read(there) == "mine" && fixture.read(fixture.target + "/app/new") == "n")

    try fixture.revision("overwrite", files: files)
    let over = try await fixture.deploy("overwrite", ["file-exists-behavior": "OVERWRITE"])
    #expect(over.outcome.status == .succeeded, "\(over.outcome.message)")
    #expect(try fixture.read(there) == "theirs" && fixture.read(fixture.target + "/app/link") == "a file")
  }

  @Test func whatTheApplicationMadeStays() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["data/seed": "1", "a": "1"])
    try fixture.revision(
      "two", files: ["a": "2"],
      scripts: ["AfterInstall": "echo changed >\(fixture.target)/app/a", "ValidateService": "exit 1"])
    try await fixture.deploy("one")
    try fixture.write("kept", to: fixture.target + "/app/data/user.db")
    try fixture.write("edited by hand", to: fixture.target + "/app/a")
    let before = try fixture.snapshot()
    #expect(try await fixture.deploy("two").outcome.status == .failed)
    #expect(try fixture.snapshot() == before, "also what was changed since, and what scripts changed is gone")
    try fixture.revision("three", files: ["a": "3"])
    #expect(try await fixture.deploy("three").outcome.status == .succeeded)
    #expect(try fixture.read(fixture.target + "/app/data/user.db") == "kept")
    #expect(!FileManager.default.fileExists(atPath: fixture.target + "/app/data/seed"))
  }

  @Test func scriptsMayChangeTheirRevision() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision(
      "one", files: ["template": "name"],
      scripts: [
        "BeforeInstall": "echo made >app/made; sed -i s/name/value/ app/template; rm -f app/gone",
        "AfterInstall": "ln -s /etc/hostname out; mkfifo pipe; ln -s / app/root",
      ])
    try fixture.write("x", to: fixture.workspace + "/one/app/gone")
    for _ in 0..<2 {
      let (outcome, _) = try await fixture.deploy("one")
      #expect(outcome.status == .succeeded, "\(outcome.message)")
      #expect(try fixture.snapshot().keys.sorted() == ["app", "app/made", "app/template"])
      #expect(try fixture.read(fixture.target + "/app/template") == "value")
    }
  }

  @Test func deploymentsOfAGroupExcludeEachOtherAndOldOnesGo() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("one", files: ["a": "1"], events: [])
    for _ in 0..<4 { #expect(try await fixture.deploy("one", ["keep": 2]).outcome.status == .succeeded) }
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.state + "/shop")
    #expect(names.filter { $0.hasPrefix("d-") }.count == 2)
    #expect(names.contains(try #require(fixture.deployed)))

    let lock = try FileSystem.open(fixture.state + "/shop/lock", flags: O_RDWR)
    #expect(flock(lock.number, LOCK_EX | LOCK_NB) == 0)
    await #expect { try await fixture.deploy("one") } throws: { "\($0)".contains("under way") }
    flock(lock.number, LOCK_UN)
    #expect(try await fixture.deploy("one").outcome.status == .succeeded)
  }

  @Test func archivesAreUnpackedAndASingleTopDirectoryIsTakenOff() async throws {
    let fixture = try AppSpecFixture()
    try fixture.revision("shop-1.0", files: ["a": "1"])
    let directory = fixture.workspace
    try await AppSpecFixture.machine("tar", "-czf", "top.tgz", "shop-1.0", directory: directory)
    try await AppSpecFixture.machine("tar", "-cf", "flat.tar", "-C", "shop-1.0", ".", directory: directory)
    try await AppSpecFixture.machine("sh", "-c", "cd shop-1.0 && zip -qr ../flat.zip .", directory: directory)
    for archive in ["top.tgz", "flat.tar", "flat.zip"] {
      let (outcome, _) = try await fixture.deploy(archive)
      #expect(outcome.status == .succeeded, "\(archive): \(outcome.message)")
      #expect(try fixture.read(fixture.target + "/app/a") == "1")
      #expect(try fixture.takeEvents().last == "AfterAllowTraffic shop-1.0")
    }
  }
}
