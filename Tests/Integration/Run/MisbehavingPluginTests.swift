import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// What plugins do that break the rules, and that each time the build says clearly what it was and goes on.
@Suite(.takingTurns, .enabled(if: Peer.areFound("python3"))) struct MisbehavingPluginTests {
  /// A way to misbehave, how the action ends, and what its message or the log says.
  struct Case: Sendable, CustomTestStringConvertible {
    var how: String
    var status: ActionResult.Status
    var says: String
    var timeout: String?

    var testDescription: String { how }

    init(_ how: String, _ status: ActionResult.Status, _ says: String, timeout: String? = nil) {
      (self.how, self.status, self.says, self.timeout) = (how, status, says, timeout)
    }
  }

  private static let cases = [
    Case("early-exit", .failed, "ended with exit status 3 before it gave a result"),
    Case("silent-end", .failed, "ended with exit status 0 before it gave a result"),
    Case("crash", .failed, "was ended by signal 11 before it gave a result"),
    Case("garbage", .failed, "'Traceback (most recent call last):' is no message"),
    Case("not-an-object", .failed, "'[1, 2]' is no message"),
    Case("half-a-line", .failed, "is no message"),
    Case("unknown-message", .failed, "unknown message 'conquer'"),
    Case("wrong-type", .failed, "is no message: 'text'"),
    Case("bytes-that-are-no-text", .failed, "is no message"),
    Case("deep-nesting", .failed, "is no message"),
    Case("huge-line", .failed, "a line is longer than 4194304 bytes"),
    Case("output-after-the-result", .succeeded, "the plugin said 3 more lines after its result, which were dropped"),
    Case("hang-after-the-result", .succeeded, "the plugin went on for 1.0s after its result and was ended"),
    Case("hang-that-ignores-term", .failed, "timed out after 1.0s", timeout: "1s"),
    Case("daemon-that-keeps-the-output", .succeeded, "done"),
    Case("closed-output", .failed, "closed its output and went on, without a result"),
    Case("flood-of-outputs", .failed, "more than 1000 outputs, artifacts or reports"),
    Case("bad-output-key", .failed, "has no name of letters, digits, hyphens and _"),
    Case("artifact-outside", .failed, "no matching"),
    Case("artifact-by-a-link", .failed, "no matching"),
    Case("report-outside", .failed, "is no relative path within the output directory"),
    Case("requests-without-end", .failed, "more than 64 requests at once"),
    Case("process-on-the-machine", .failed, "may not start processes on this machine"),
    Case("network-that-is-not-granted", .failed, "may not use the network"),
    Case("looking-around", .succeeded, "saw "),
    Case("well", .succeeded, "done"),
  ]

  @Test func `each has a clear outcome, and the build goes on to the next`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    let actions = Self.cases.map { test in
      let timeout = test.timeout.map { ", timeout: \($0)" } ?? ""
      return "  - {name: \(test.how), uses: misbehave, when: always, with: {how: \(test.how)}\(timeout)}\n"
    }
    var run = JourneymanRun(
      files: [
        "buildspec.yml": "version: 0.2\nphases: {build: {commands: [true]}}\nactions:\n" + actions.joined()
      ], sandbox: .strict)
    run.configuration = place.pluginsSection + "[agent]\n  grace = 1s\n"
    let build = try await run.run(in: place)
    #expect(build.result.status == .failed)
    try #require(build.result.actions.map(\.name) == Self.cases.map(\.how), "\(build.log)")
    for (test, action) in zip(Self.cases, build.result.actions) {
      #expect(action.status == test.status, "\(test.how): \(action.message)")
      let isSaid = action.message.contains(test.says) || build.log.contains(test.says)
      #expect(isSaid, "\(test.how): '\(test.says)' is not in '\(action.message)'")
      #expect(action.message.utf8.count < 5_000)
    }
    let named = Dictionary(uniqueKeysWithValues: build.result.actions.map { ($0.name, $0) })
    #expect(named["output-after-the-result"]?.outputs == [:])
    #expect(named["looking-around"]?.message == "saw ")
    #expect(build.result.artifacts.isEmpty)
    #expect(build.result.reports.isEmpty)
  }

  @Test func `stopping the build ends a plugin that does not listen`() async throws {
    let place = try BuildPlace()
    try place.install("misbehave")
    var run = JourneymanRun(
      files: [
        "buildspec.yml": """
        version: 0.2
        phases: {build: {commands: [true]}}
        actions:
          - {name: deaf, uses: misbehave, with: {how: hang-that-ignores-term}}
          - {name: later, uses: misbehave, when: always, with: {how: well}}
        """
      ], sandbox: .strict, arguments: ["--timeout", "2s"])
    run.configuration = place.pluginsSection + "[agent]\n  grace = 1s\n"
    let build = try await run.run(in: place)
    #expect(build.exitStatus == 124, "\(build.log)")
    #expect(build.result.status == .timedOut)
    #expect(build.result.actions.map(\.status) == [.failed, .skipped])
    #expect(build.result.actions.first?.message == "the build timed out")
  }
}
