import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Each limit ends a strict build with its name in the log and in the result.
@Suite(.takingTurns) struct LimitTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The keys of `[sandbox]`.
    var settings: String
    var command: String
    /// What the sentence about the limit says.
    var sentence: String
  }

  private static let cases = [
    Case(
      testDescription: "memory", settings: "memory = 100m",
      command: "python3 -c 'b = bytearray(200 << 20); import time; time.sleep(20)'",
      sentence: "the memory limit of 100 MiB"),
    Case(
      testDescription: "processes", settings: "processes = 40",
      command: "i=0; while [ $i -lt 80 ]; do sleep 2 & i=$((i+1)); done; wait; exit 1",
      sentence: "the process limit of 40"),
    Case(
      testDescription: "file size", settings: "fileSize = 1m", command: "head -c 5000000 /dev/zero > large",
      sentence: "the file size limit of 1 MiB"),
    Case(
      testDescription: "open files", settings: "openFiles = 20",
      command: "python3 -c 'f = [open(\"/dev/null\") for _ in range(30)]'",
      sentence: "too many open files, and the limit is 20"),
    Case(
      testDescription: "disk", settings: "disk = 4m", command: "head -c 20000000 /dev/zero > /tmp/large; sleep 60",
      sentence: "4 MiB"),
    Case(
      testDescription: "output", settings: "output = 100k", command: "yes; sleep 60",
      sentence: "the output limit of 102400 bytes"),
    Case(
      testDescription: "output of a command that has ended by itself", settings: "output = 100k",
      command: "head -c 200000 /dev/zero | tr '\\0' x", sentence: "the output limit of 102400 bytes"),
  ]

  @Test(arguments: cases) func endsTheBuild(_ limit: Case) async throws {
    var run = JourneymanRun(files: ["buildspec.yml": .building(limit.command)], sandbox: .strict)
    run.configuration = "[agent]\n  grace = 1s\n[sandbox]\n  \(limit.settings)\n"
    let build = try await run.run(in: BuildPlace())
    #expect(build.result.status == .failed, "\(build.log.suffix(3000))")
    #expect(build.exitStatus == 1)
    #expect(build.log.contains(limit.sentence), "\(build.log.suffix(3000))")
    let failed = build.result.phases.filter { $0.status == .failed }
    #expect(failed.count >= 1)
    #expect(failed.first?.context.first?.message.contains(limit.sentence) == true, "\(failed)")
  }

  @Test func wallTime() async throws {
    var run = JourneymanRun(files: ["buildspec.yml": .building("sleep 600")], sandbox: .strict)
    run.configuration = "[agent]\n  grace = 1s\n  timeout = 2s\n"
    let build = try await run.run(in: BuildPlace())
    #expect(build.result.status == .timedOut, "\(build.log)")
    let phase = build.result.phases.first { $0.name == .build }
    #expect(phase?.status == .timedOut)
    #expect(phase?.context.first?.message.contains("the build timed out") == true)
    #expect(build.log.contains("the build timed out"))
  }

  @Test func aBuildWithinItsLimitsIsLeftAlone() async throws {
    var run = JourneymanRun(
      files: ["buildspec.yml": .building("echo here; head -c 100000 /dev/zero > small")], sandbox: .strict)
    run.configuration =
      "[sandbox]\n  memory = 1g\n  processes = 200\n  fileSize = 1m\n  openFiles = 200\n  disk = 100m\n  output = 100k\n"
    let build = try await run.run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log)")
  }
}
