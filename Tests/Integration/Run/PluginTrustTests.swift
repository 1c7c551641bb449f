import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Which plugins are not run, whatever they would do.
@Suite(.takingTurns, .enabled(if: Peer.areFound("python3"))) struct PluginTrustTests {
  private static let buildspec = """
    version: 0.2
    phases: {build: {commands: [echo the build began]}}
    actions:
      - {name: act, uses: misbehave, with: {how: well}}
    """

  private func build(_ place: BuildPlace, _ configuration: String? = nil) async throws -> FinishedBuild {
    var run = JourneymanRun(files: ["buildspec.yml": Self.buildspec], sandbox: .strict)
    run.configuration = configuration ?? place.pluginsSection
    return try await run.run(in: place)
  }

  private func refuses(_ build: FinishedBuild, _ reason: String) {
    #expect(build.exitStatus == 2)
    #expect(build.log.contains(reason), "\(build.log)")
    #expect(!build.lines.contains("the build began"))
  }

  @Test(arguments: ["misbehave.py", "plugin.json", ""])
  func `one that others can write to`(file: String) async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    chmod(place.path + "/plugins/misbehave/" + file, file == "misbehave.py" ? 0o777 : 0o666)
    if file.isEmpty { chmod(place.path + "/plugins/misbehave", 0o777) }
    refuses(try await build(place), "can be written by others")
  }

  @Test func `one in a directory that others can write to`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    chmod(place.path + "/plugins", 0o777)
    refuses(try await build(place), "can be written by others")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func `one that belongs to somebody else`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    chown(place.path + "/plugins/misbehave/misbehave.py", 12_345, 12_345)
    refuses(try await build(place), "belongs to user 12345")
  }

  @Test func `one that is not the one that is pinned`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    let wrong = String(repeating: "0", count: 64)
    let pinned = "[plugin \"misbehave\"]\n  sha256 = "
    refuses(try await build(place, place.pluginsSection + pinned + wrong + "\n"), "but agent.conf pins \(wrong)")

    let sum = try await TestProgram.run("/usr/bin/sha256sum", [place.path + "/plugins/misbehave/misbehave.py"])
    let digest = String(sum.output.prefix(64))
    let other = try BuildPlace()
    try other.install("misbehave")
    let trusted = try await build(other, other.pluginsSection + pinned + digest + "\n")
    #expect(trusted.result.status == .succeeded, "\(trusted.log)")
  }

  @Test func `one that lies in the workspace, even where agent conf leads there`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    let moved = place.source + "/plugins"
    try FileManager.default.moveItem(atPath: place.path + "/plugins", toPath: moved)
    refuses(try await build(place, "[plugins]\n  path = \(moved)\n"), "from which no plugin is ever loaded")
  }

  @Test func `one that a link in a trusted directory leads to in the workspace`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    let moved = place.source + "/misbehave"
    try FileManager.default.moveItem(atPath: place.path + "/plugins/misbehave", toPath: moved)
    symlink(moved, place.path + "/plugins/misbehave")
    refuses(try await build(place), "from which no plugin is ever loaded")
  }

  @Test func `a buildspec cannot name a path`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    var run = JourneymanRun(
      files: ["buildspec.yml": Self.buildspec.replacing("uses: misbehave", with: "uses: ./plugins/misbehave")])
    run.configuration = place.pluginsSection
    refuses(try await run.run(in: place), "there is no plugin './plugins/misbehave'")
  }

  @Test func `one that takes the name of a built-in one`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    let plugins = place.path + "/plugins"
    try FileManager.default.moveItem(atPath: plugins + "/misbehave", toPath: plugins + "/approval")
    let description = try String(contentsOfFile: plugins + "/approval/plugin.json", encoding: .utf8)
    try place.write(
      description.replacing(#""name": "misbehave""#, with: #""name": "approval""#), to: "plugins/approval/plugin.json")
    try place.write(place.pluginsSection, to: "agent.conf")
    let listed = try await place.journeyman(["plugin", "list", "--config", "agent.conf"])
    #expect(listed.output.contains("built in"))
    #expect(!listed.output.contains(plugins))
    #expect(listed.errors.contains("the plugin 'approval' cannot be used"), "\(listed.errors)")
  }

  @Test func `what is not granted is said by describe`() async throws {
    let place = try BuildPlace()
    try place.install("inventory")
    try place.write(place.pluginsSection, to: "agent.conf")
    let described = try await place.journeyman(["plugin", "describe", "inventory", "--config", "agent.conf"])
    #expect(described.status == 0)
    for line in ["suffixes: Which files count.", "add 'network = true'", "add 'env = INVENTORY_STAGE'", "total:"] {
      #expect(described.output.contains(line), "\(described.output)")
    }
    let unknown = try await place.journeyman(["plugin", "describe", "inventroy", "--config", "agent.conf"])
    #expect(unknown.status == 2 && unknown.errors.contains("did you mean 'inventory'?"))
  }
}
