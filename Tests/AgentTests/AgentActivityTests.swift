import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanAgent

@Suite(.takingTurns) struct AgentActivityTests {
  private let activity = AgentActivity(executors: 2)
  private let lines = Lines()

  /// What builds that wait were told.
  final class Lines: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
  }

  private func begin(_ build: String, of controller: String = "ci") -> Task<Void, any Error> {
    Task { [activity, lines] in
      try await activity.begin(build, of: controller) { executors, isShare, before in
        lines.add("\(build) \(executors) \(before)\(isShare ? " of its share" : "")")
      }
    }
  }

  private func until(_ holds: () -> Bool) async throws {
    for _ in 0..<6000 where !holds() { try await Task.sleep(for: .milliseconds(10)) }
    #expect(holds())
  }

  @Test func buildsShareExecutorsAndWaitInOrder() async throws {
    try await begin("a").value
    try await begin("b", of: "other").value
    // A parallel command of a build that has one needs none.
    try await begin("a").value
    let third = begin("c")
    try await until { activity.status.waiting == 1 }
    let fourth = begin("d"), fourthAgain = begin("d")
    try await until { activity.status.waiting == 3 }
    #expect(lines.all.first == "c 2 0")
    #expect(activity.status.builds.map(\.name) == ["a", "b"])
    activity.end("a", of: "ci")
    try await third.value
    #expect(activity.status.builds.map(\.name) == ["b", "c"] && activity.status.ended == 1)
    activity.end("b", of: "other")
    try await fourth.value
    try await fourthAgain.value
    #expect(activity.status.builds.map(\.name) == ["c", "d"] && activity.status.waiting == 0)
    // What never began does not end.
    activity.end("x", of: "ci")
    #expect(activity.status.ended == 2)
  }

  @Test func aControllerUsesNoMoreThanItsShare() async throws {
    activity.serves("ci", executors: 1)
    activity.serves("other")
    try await begin("a").value
    let second = begin("b")
    try await until { activity.status.waiting == 1 }
    #expect(lines.all == ["b 1 0 of its share"])
    // Who waits for a share keeps nobody else waiting.
    try await begin("c", of: "other").value
    let fourth = begin("d", of: "other")
    try await until { activity.status.waiting == 2 }
    #expect(lines.all.last == "d 2 1")
    activity.end("c", of: "other")
    try await fourth.value
    #expect(activity.status.builds.map(\.name) == ["a", "d"])
    activity.end("a", of: "ci")
    try await second.value
    let third = begin("e")
    try await until { activity.status.waiting == 1 }
    activity.end("d", of: "other")
    #expect(activity.status.waiting == 1)
    activity.serves("ci", executors: 2)
    try await third.value
    #expect(activity.status.builds.map(\.name) == ["b", "e"])
  }

  @Test func whoGivesUpWaitingLeavesTheQueue() async throws {
    try await begin("a").value
    try await begin("b").value
    let third = begin("c"), fourth = begin("d")
    try await until { activity.status.waiting == 2 }
    third.cancel()
    await #expect(throws: CancellationError.self) { try await third.value }
    activity.end("a", of: "ci")
    try await fourth.value
    #expect(activity.status.builds.map(\.name) == ["b", "d"])
  }

  @Test func moreExecutorsAreUsedAtOnce() async throws {
    try await begin("a").value
    activity.resume("b", of: "ci")
    activity.resume("c", of: "ci")
    #expect(activity.status.builds.count == 3)
    let fourth = begin("d")
    try await until { activity.status.waiting == 1 }
    activity.allow(executors: 4)
    try await fourth.value
    #expect(activity.status.executors == 4)
  }

  @Test func drainingWaitsForWhatRunsAndAdmitsNothing() async throws {
    try await begin("a").value
    let isDrained = Mutex(false)
    let drain = Task { [activity] in
      await activity.drain()
      isDrained.withLock { $0 = true }
    }
    try await until { activity.status.isDraining }
    let second = begin("b")
    try await until { activity.status.waiting == 1 }
    #expect(!isDrained.withLock { $0 })
    activity.end("a", of: "ci")
    await drain.value
    #expect(activity.status.builds.isEmpty && activity.status.waiting == 1)
    second.cancel()
    _ = await second.result
  }

  @Test func connectionsAreCountedAndTold() {
    activity.serves("ci")
    activity.isOffline("ci", "no route to ci.example")
    #expect(activity.status.controllers.first?.reconnects == 0)
    activity.isOnline("ci")
    activity.isOffline("ci", "the controller closed the connection")
    let status = activity.status
    #expect(status.controllers.first?.reconnects == 1)
    let lines = status.lines(now: status.startedAt + 90)
    #expect(lines.contains { $0.hasPrefix("ci: offline for ") && $0.hasSuffix("the controller closed the connection") })
    activity.leaves("ci")
    #expect(activity.status.controllers.isEmpty)
  }

  @Test func metricsAreInTheFormatOfPrometheus() {
    activity.serves("a \"quoted\" name")
    activity.isOnline("a \"quoted\" name")
    activity.resume("b", of: "ci")
    let text = AgentMetrics.text(activity.status, residentBytes: 1234)
    #expect(text.contains("journeyman_controller_online{controller=\"a \\\"quoted\\\" name\"} 1\n"))
    #expect(text.contains("# TYPE journeyman_builds_running gauge\njourneyman_builds_running 1\n"))
    #expect(text.contains("journeyman_resident_memory_bytes 1234\n"))
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      #expect(Double(line.split(separator: " ").last ?? "") != nil, "\(line)")
    }
    #expect(AgentMetrics.residentBytes() > 1 << 20)
  }
}
