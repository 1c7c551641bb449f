import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// Releases side by side on this machine.
@Suite(.takingTurns) struct DirectoryTests {
  private let place: DeployRun
  init() throws { place = try DeployRun() }

  @Test func `two deployments lie side by side, and current leads to the second`() async throws {
    try place.writeVersion("one")
    let first = try await place.run(place.directory())
    #expect(first.status == .succeeded, "\(first.message)")
    #expect(place.version() == "one")
    try place.writeVersion("two")
    let second = try await place.run(place.directory())
    #expect(second.status == .succeeded, "\(second.message)")
    #expect(place.version() == "two")
    let releases = try place.releases()
    #expect(releases == [first.outputs["release"], second.outputs["release"]])
    #expect(releases.allSatisfy { $0.hasSuffix("-b17") })
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: place.site + "/current")
    #expect(link == "releases/\(releases[1])")
    #expect(access(place.site + "/current/bin/tool", X_OK) == 0)
    #expect(access(place.site + "/current/version", X_OK) != 0 || geteuid() == 0)
    #expect(try !DeployRun.names(in: place.site).contains(".deployment"))
  }

  @Test func `a failing health check brings the release before back, and restarts it`() async throws {
    try place.writeVersion("one")
    let restart = "cat version >>../../restarts; test \"$RELEASE\" && test \"$DEPLOY_PATH\""
    let check = "test \"$(bin/tool)\" = one"
    let configuration = place.directory(["restart": restart, "health-check": check])
    #expect(try await place.run(configuration).status == .succeeded)
    try place.writeVersion("two")
    let outcome = try await place.run(configuration)
    #expect(outcome.status == .failed)
    #expect(
      outcome.message == "the health check ended with 1, attempt 1 of 1; everything is as it was before",
      "\(outcome.message)")
    #expect(place.version() == "one")
    #expect(try place.releases().count == 1)
    let restarts = try FileSystem.read(place.site + "/restarts", limit: 100)
    #expect(String(decoding: restarts, as: UTF8.self) == "one\ntwo\none\n")
  }

  @Test func `a first deployment that fails leaves no current`() async throws {
    try place.writeVersion("one")
    let outcome = try await place.run(place.directory(["health-check": "exit 3"]))
    #expect(outcome.status == .failed)
    #expect(outcome.message.hasPrefix("the health check ended with 3"), "\(outcome.message)")
    #expect(place.version() == nil)
    #expect(try place.releases().isEmpty)
    #expect(lstatMode(place.site + "/current") == nil)
  }

  @Test func `a failing restart brings the release before back`() async throws {
    try place.writeVersion("one")
    #expect(try await place.run(place.directory()).status == .succeeded)
    try place.writeVersion("two")
    let outcome = try await place.run(place.directory(["restart": "test \"$(bin/tool)\" = one"]))
    #expect(outcome.message.hasPrefix("the restart command ended with 1"), "\(outcome.message)")
    #expect(place.version() == "one")
  }

  @Test func `a health check has several tries and each an end`() async throws {
    try place.writeVersion("one")
    let again = place.directory([
      "health-check": "echo x >>../../tries; test $(wc -l <../../tries) -ge 3", "health-interval": "0s",
    ]).replacing("{", with: "{\"health-attempts\": 5, ", maxReplacements: 1)
    let outcome = try await place.run(again)
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    #expect(try FileSystem.read(place.site + "/tries", limit: 100).count == 6)
    try place.writeVersion("two")
    let slow = try await place.run(place.directory(["health-check": "sleep 300", "health-timeout": "1s"]))
    #expect(slow.message.hasPrefix("the health check ended with 124"), "\(slow.message)")
    #expect(place.version() == "one")
  }

  @Test func `only so many releases stay, and nothing else is removed`() async throws {
    try FileSystem.makeDirectories(place.site + "/releases/handmade")
    try FileSystem.makeDirectories(place.site + "/releases/20010101-000000 -rf\nx")
    for version in 1...4 {
      try place.writeVersion("\(version)")
      #expect(try await place.run(place.directory(keep: 2)).status == .succeeded)
    }
    let releases = try place.releases()
    #expect(releases.contains("handmade"))
    #expect(releases.contains("20010101-000000 -rf\nx"))
    #expect(releases.count == 4)
    #expect(place.version() == "4")
  }

  @Test func `a current that is no link is left alone`() async throws {
    try place.writeVersion("one")
    try FileSystem.makeDirectories(place.site + "/current")
    let outcome = try await place.run(place.directory())
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("is no symbolic link; move it away"), "\(outcome.message)")
    #expect(lstatMode(place.site + "/current") == S_IFDIR)
    #expect(try place.releases().isEmpty)
  }

  @Test func `a current that leads elsewhere comes back when the deployment fails`() async throws {
    try place.write("old\n", to: "elsewhere/version")
    try FileSystem.makeDirectories(place.site)
    try FileManager.default.createSymbolicLink(
      atPath: place.site + "/current", withDestinationPath: place.folder + "/elsewhere")
    try place.writeVersion("one")
    #expect(try await place.run(place.directory(["health-check": "false"])).status == .failed)
    #expect(place.version() == "old")
  }

  @Test func `names and links of any kind arrive as they are`() async throws {
    try place.writeVersion("one")
    let hostile = ["-rf", " leading", "two\nlines", "$(touch pwned)", "quote'", "back\\slash", "*"]
    for name in hostile { try place.write(name, to: "workspace/dist/odd/\(name)") }
    let odd = place.workspace + "/dist/odd"
    try FileManager.default.createSymbolicLink(atPath: odd + "/link", withDestinationPath: "../version")
    try FileSystem.makeDirectories(place.workspace + "/dist/empty")
    let outcome = try await place.run(place.directory())
    #expect(outcome.status == .succeeded, "\(outcome.message)")
    let arrived = try DeployRun.names(in: place.site + "/current/odd")
    #expect(arrived == (hostile + ["link"]).sorted())
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: place.site + "/current/odd/link") == "../version")
    #expect(access(place.site + "/current/empty", F_OK) == 0)
  }

  @Test(arguments: [
    ["bad": "/etc/passwd"], ["bad": "../x"], ["sub/bad": "../../x"], ["bad": ".."],
    // What looks as if it stayed within the source does not when the first link is followed.
    ["deep/er/up": "../..", "bad": "deep/er/up/../x"],
  ])
  func `a link that leads out of the source stops the deployment`(links: [String: String]) async throws {
    try place.writeVersion("one")
    for (path, target) in links {
      let full = place.workspace + "/dist/" + path
      try FileSystem.makeDirectories(PathName.directory(of: full))
      try FileManager.default.createSymbolicLink(atPath: full, withDestinationPath: target)
    }
    do {
      _ = try await place.run(place.directory())
      Issue.record("it was deployed")
    } catch let error as PluginError {
      #expect(error.message.contains("bad is a link that leads out of dist"), "\(error)")
    }
    #expect(lstatMode(place.site + "/current") == nil)
  }

  @Test func `pipes in the source stop the deployment`() async throws {
    try place.writeVersion("one")
    mkfifo(place.workspace + "/dist/pipe", 0o600)
    await #expect(throws: PluginError.self) { try await place.run(place.directory()) }
  }

  @Test func `without the right to this machine nothing happens`() async throws {
    try place.writeVersion("one")
    do {
      _ = try await place.run(place.directory(), isHostGranted: false)
      Issue.record("it was deployed")
    } catch let error as PluginError {
      #expect(error.code == .notGranted)
      #expect(error.message.contains("add [plugin \"deploy\"] host = true to agent.conf"))
    }
    #expect(lstatMode(place.site) == nil)
  }

  @Test func `a build that is stopped in the middle goes back first`() async throws {
    try place.writeVersion("one")
    #expect(try await place.run(place.directory()).status == .succeeded)
    try place.writeVersion("two")
    let place = place
    let running = Task {
      try await place.run(
        place.directory(["health-check": "touch ../../checking; sleep 300", "health-timeout": "400s"]))
    }
    try await waitUntil { access(place.site + "/checking", F_OK) == 0 }
    #expect(place.version() == "two")
    running.cancel()
    await #expect(throws: CancellationError.self) { try await running.value }
    #expect(place.version() == "one")
    #expect(try place.releases().count == 1)
  }

  @Test func `a later deployment overtakes an earlier one, which then touches nothing`() async throws {
    try place.writeVersion("one")
    #expect(try await place.run(place.directory()).status == .succeeded)
    try place.writeVersion("two")
    // While the restart command of the second runs, a third one writes its journal over that of the second.
    let usurp = "cd ../..; sed -i '1s/.*/another/' .deployment"
    let outcome = try await place.run(place.directory(["restart": usurp, "health-check": "false"]))
    #expect(outcome.status == .failed)
    #expect(outcome.message.contains("a later deployment to \(place.site) has begun"), "\(outcome.message)")
  }
}

/// The type bits of what stands at a path; `nil` when nothing does.
func lstatMode(_ path: String) -> mode_t? {
  var status = stat()
  return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
}

/// Waits for something that happens soon.
func waitUntil(_ condition: () -> Bool) async throws {
  for _ in 0..<1_200 {
    if condition() { return }
    try await Task.sleep(for: .milliseconds(50))
  }
  Issue.record("it did not happen within a minute")
}
