import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Builds that end before their time leave a complete result.
@Suite(.takingTurns) struct EndingTests {
  private func run(_ buildspec: String, _ arguments: [String] = [], settings: String = "grace = 1s") async throws
    -> FinishedBuild
  {
    var run = JourneymanRun(files: ["buildspec.yml": buildspec], arguments: arguments)
    run.configuration = "[agent]\n  \(settings)\n"
    return try await run.run(in: BuildPlace())
  }

  @Test func aBuildWhoseTimeIsUpTimesOut() async throws {
    let build = try await run(.building("echo started", "sleep 600", "echo never"), ["--timeout", "2s"])
    #expect(build.result.status == .timedOut, "\(build.log)")
    #expect(build.exitStatus == 124)
    #expect(build.result.phases.map(\.name).suffix(2) == [.build, .finalizing])
    #expect(build.result.phases.suffix(2).map(\.status) == [.timedOut, .succeeded])
    #expect(!build.lines.contains("never"))
  }

  /// A phase or a command with too little time ends; the build goes on as after any failure.
  @Test(arguments: ["phaseTimeout", "commandTimeout"])
  func aPhaseOrCommandWhoseTimeIsUpTimesOut(key: String) async throws {
    let build = try await run(
      .building("echo started", "sleep 600", "echo never") + "  post_build:\n    commands:\n"
        + .item("echo after $CODEBUILD_BUILD_SUCCEEDING"), settings: "\(key) = 2s")
    #expect(build.result.status == .timedOut, "\(build.log)")
    #expect(build.exitStatus == 124)
    let phase = build.result.phases.first { $0.name == .build }
    #expect(phase?.status == .timedOut)
    #expect(phase?.context.first?.message.contains("sleep 600. Reason: timed out") == true)
    #expect(build.lines.contains("after 0"))
    #expect(!build.lines.contains("never"))
  }

  /// A time limit for each command is none for all together.
  @Test func commandsWithinTheirTimeAreLeftAlone() async throws {
    let build = try await run(.building("sleep 0.4", "sleep 0.4", "sleep 0.4"), settings: "commandTimeout = 30s")
    #expect(build.result.status == .succeeded, "\(build.log)")
  }

  /// Without isolation a command sees whose child it is: the init's, which is the worker's, which is the keeper's.
  private static let worker = "read -r _ _ _ worker _ < /proc/$PPID/stat"
  private static let keeper = worker + "; read -r _ _ _ keeper _ < /proc/$worker/stat"

  @Test(arguments: ["install", "pre_build", "build", "post_build"])
  func anInterruptionStopsTheBuild(phase: String) async throws {
    let build = try await run(
      "version: 0.2\nphases:\n  \(phase):\n    commands:\n"
        + .item(Self.keeper + "; kill -INT $keeper; sleep 600") + "    finally: [echo never]\n")
    #expect(build.result.status == .stopped, "\(build.log)")
    #expect(build.exitStatus == 130)
    let last = build.result.phases.suffix(2)
    #expect(last.map(\.name) == [BuildPhase(rawValue: phase.uppercased()), .finalizing])
    #expect(last.map(\.status) == [.stopped, .succeeded])
    #expect(!build.lines.contains("never"))
  }

  @Test func aCommandThatIgnoresTheEndIsKilled() async throws {
    let build = try await run(
      .building("trap '' INT TERM HUP\n" + Self.keeper + "; kill -TERM $keeper\nwhile :; do sleep 1; done"))
    #expect(build.result.status == .stopped, "\(build.log)")
    #expect(build.exitStatus == 130)
  }

  /// The second Ctrl-C does not wait for the grace that the first one gives.
  @Test func aSecondInterruptionEndsAtOnce() async throws {
    let build = try await run(
      .building(
        "trap '' INT TERM HUP\n" + Self.keeper
          + "; kill -INT $keeper; sleep 1; kill -INT $keeper\nwhile :; do sleep 1; done"
      ), settings: "grace = 1h")
    #expect(build.result.status == .stopped, "\(build.log)")
    #expect(build.exitStatus == 130)
  }

  @Test func aWorkerThatDiesIsAFault() async throws {
    let build = try await run(.building("echo before", Self.worker + "; kill -KILL $worker; sleep 600"))
    #expect(build.result.status == .fault, "\(build.log)")
    #expect(build.exitStatus == 3)
    let last = build.result.phases.last
    #expect(last?.name == .build)
    #expect(last?.status == .fault)
    #expect(
      last?.context.map(\.message) == ["the worker process of the build was ended by signal 9"])
    #expect(build.lines.contains("before"))
    #expect(build.events.last.map { if case .buildFinished(.fault, _) = $0.kind { true } else { false } } == true)
  }
}
