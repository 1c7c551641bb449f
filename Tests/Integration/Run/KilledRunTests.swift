import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// kill -9 of the processes of `journeyman run` leaves no process of its build.
@Suite(.takingTurns) struct KilledRunTests {
  /// Starts a build whose command and daemon sleep for a time that no other process sleeps for, kills, and looks for them.
  private static let script = """
    marker="$1"; victims="$2"; shift 2
    "$@" > /dev/null 2>&1 & keeper=$!
    sleepers() { pgrep -fx "sleep $marker" | wc -l; }
    within() { i=0; while [ $i -lt 600 ]; do [ "$(sleepers)" = "$1" ] && return 0; i=$((i + 1)); sleep 0.05; done; return 1; }
    within 2 || { echo "the build does not run"; kill -9 $keeper; exit 2; }
    worker=$(pgrep -P $keeper)
    case $victims in
      keeper) kill -9 $keeper ;;
      worker) kill -9 $worker ;;
      both) kill -9 $keeper $worker ;;
    esac
    within 0 || { pgrep -fxa "sleep $marker"; pkill -9 -fx "sleep $marker"; exit 1; }
    wait $keeper
    exit 0
    """

  @Test(
    .enabled(if: Peer.areFound("pgrep"), "needs pgrep"), arguments: ["keeper", "worker", "both"],
    [SandboxSettings.Mode.strict, .basic])
  func leavesNoProcess(of victims: String, mode: SandboxSettings.Mode) async throws {
    let place = try BuildPlace()
    let marker = "1000.\(UInt32.random(in: 1_000_000...9_999_999))"
    try place.write(.building("setsid sleep \(marker) & sleep \(marker)"), to: "source/buildspec.yml")
    try place.write("", to: "agent.conf")
    var variables = StandardPaths.processEnvironment
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = place.path + "/" + folder
    }
    let outcome = try await TestProgram.run(
      "/bin/sh",
      [
        "-c", Self.script, "sh", marker, victims, try TestProgram.products + "/journeyman", "run", place.source,
        "--output", place.output, "--sandbox", mode.rawValue, "--config", place.path + "/agent.conf", "--unsealed",
      ], environment: variables)
    #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
  }
}
