import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// What is large goes through the listener without staying in it.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct LargeArchiveTests {
  /// In bytes.
  private static let size = StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1" ? 1 << 30 : 64 << 20

  /// The controller is slow for a while; the listener waits for it, and its memory stays small.
  @Test func memoryStaysFlat() async throws {
    let running = try await RunningAgent()
    let workspace = running.agent.directory + "/workspace/job"
    let base = PathName.directory(of: running.agent.directory)
    try FileSystem.makeDirectories(workspace)
    let made = try await TestProgram.run(
      "/bin/sh", ["-c", "head -c \(Self.size) /dev/urandom > big"], directory: workspace)
    #expect(made.status == 0)
    let before = try running.peakMemory
    let controller = running.controller
    try controller.order(#"{"save":"\#(base)/archive.tar.gz"}"#)
    try controller.order(#"{"hold":true}"#)
    let archives = ArchiveCalls(controller: controller, workspace: workspace)
    let id = try archives.askToStash("**", to: 5)
    try await running.waitUntilStuck()
    try controller.order(#"{"hold":false}"#)
    #expect(try await controller.answer(to: id).value?.integer == 1)
    let grown = try running.peakMemory - before
    #expect(grown < 16 << 20, "\(grown >> 10) KiB")
    let same = try await TestProgram.run(
      "/bin/sh", ["-c", "tar xzOf ../../../archive.tar.gz big | cmp - big"], directory: workspace)
    #expect(same.status == 0, "\(same.errors)")
    await running.stop()
  }
}
