import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// kill -9 of `journeyman run` while a release is being checked.
@Suite(.takingTurns, .enabled(if: NeededPrograms.areFound("pgrep"), "needs pgrep"))
struct KilledBuildTests {
  private let place: DeployRun
  init() throws { place = try DeployRun() }

  private func buildspec(_ version: String, check: String) -> String {
    """
    version: 0.2
    phases:
      build:
        commands: [mkdir -p dist, 'echo \(version) > dist/version']
    actions:
      - name: here
        uses: deploy
        with: {target: directory, source: dist, path: "\(place.site)", health-check: '\(check)'}
    """
  }

  /// Runs a script with the command line of the build as its arguments.
  private func run(_ script: String) async throws -> TestProgram.Outcome {
    try place.write("[plugin \"deploy\"]\n  host = true\n", to: "agent.conf")
    var variables = StandardPaths.processEnvironment
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = place.folder + "/" + folder
    }
    variables["SITE"] = place.site
    return try await TestProgram.run(
      "/bin/sh",
      [
        "-c", script, "sh", try TestProgram.products + "/journeyman", "run", place.folder + "/source", "--output",
        place.folder + "/output-\(UUID().uuidString)", "--config", place.folder + "/agent.conf", "--unsealed",
        "--sandbox", "off",
      ], environment: variables, timeout: .seconds(200))
  }

  private static let kill = """
    "$@" >/dev/null 2>&1 & keeper=$!
    within() { i=0; while [ $i -lt 1200 ]; do "$@" && return 0; i=$((i + 1)); sleep 0.05; done; exit 3; }
    within [ -e "$SITE/checking" ]
    kill -9 $(pgrep -P $keeper) $keeper
    cat "$SITE/current/version"
    """

  @Test func `leaves a complete release, and the next build goes on from the one before`() async throws {
    try place.write(buildspec("one", check: "test -s version"), to: "source/buildspec.yml")
    #expect(try await run("exec \"$@\"").status == 0)
    try place.write(buildspec("two", check: "touch ../../checking; sleep 500"), to: "source/buildspec.yml")
    let killed = try await run(Self.kill)
    #expect(killed.status == 0 && killed.output == "two\n", "\(killed.status) \(killed.output) \(killed.errors)")
    #expect(access(place.site + "/.deployment", F_OK) == 0)

    try place.write(buildspec("three", check: "false"), to: "source/buildspec.yml")
    let failed = try await run("exec \"$@\"")
    #expect(failed.status == 1)
    #expect(failed.output.contains("an earlier deployment was interrupted"), "\(failed.output)")
    #expect(place.version() == "one")
    #expect(try place.releases().count == 1)
    try place.write(buildspec("four", check: "test -s version"), to: "source/buildspec.yml")
    #expect(try await run("exec \"$@\"").status == 0)
    #expect(place.version() == "four")
  }

  @Test func `without the right to this machine a build fails with the way out`() async throws {
    try place.write(buildspec("one", check: "true"), to: "source/buildspec.yml")
    let outcome = try await run("printf '' >'\(place.folder)/agent.conf'; exec \"$@\"")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("add [plugin \"deploy\"] host = true to agent.conf"), "\(outcome.output)")
    #expect(access(place.site, F_OK) != 0)
  }
}
