import Foundation
import JourneymanActionKit
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

/// A deployment that is killed at any point leaves `current` as valid as it was, and the next one cleans up.
@Suite(.takingTurns) struct KilledDeploymentTests {
  /// At each program that the steps call, counts down; at zero the whole process group of the step is killed, before or
  /// after the program has run.
  private static let wrapper = """
    #!/bin/sh
    left=$(cat "$COUNTER" 2>/dev/null || echo 0)
    echo $((left - 1)) >"$COUNTER"
    if [ "$left" -eq 0 ] && [ "$MOMENT" = before ]; then kill -9 0; fi
    "$TOOLS/${0##*/}" "$@"
    status=$?
    if [ "$left" -eq 0 ] && [ "$MOMENT" = after ]; then kill -9 0; fi
    exit $status
    """

  /// Runs processes with wrapped programs until one of them is killed; after that it runs none, as a killed agent.
  private final class MortalServices: ActionServices {
    private let inner: any ActionServices
    private let environment: [String: String]
    private let isDead: Shared

    init(_ inner: any ActionServices, environment: [String: String], isDead: Shared) {
      self.inner = inner
      self.environment = environment
      self.isDead = isDead
    }

    func log(_ text: String, _ level: ActionLogLevel) { inner.log(text, level) }
    func progress(_ text: String, done: Int64, total: Int64) { inner.progress(text, done: done, total: total) }
    func send(_ request: WebRequest) async throws -> WebResponse { try await inner.send(request) }
    func decide(_ question: DecisionQuestion) async throws -> Decision { try await inner.decide(question) }

    func run(_ process: ProcessRequest) async throws -> ProcessResult {
      if isDead.isSet { throw CancellationError() }
      var process = process
      process.environment.merge(environment) { $1 }
      let result = try await inner.run(process)
      if result.exitCode != 137 { return result }
      isDead.set()
      throw CancellationError()
    }
  }

  private final class Shared: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
  }

  private static let tools = ["mkdir", "rm", "ln", "mv", "readlink", "sync", "flock", "timeout"]

  /// - Returns: whether it was killed.
  private func deploy(_ place: DeployRun, killedAt point: Int, _ moment: String, _ configuration: String) async throws
    -> Bool
  {
    try place.write("\(point)\n", to: "counter")
    let isDead = Shared()
    let environment = [
      "PATH": place.folder + "/wrapped:/usr/bin:/bin", "COUNTER": place.folder + "/counter", "TOOLS": "/usr/bin",
      "MOMENT": moment,
    ]
    _ = try? await place.run(configuration) { MortalServices($0, environment: environment, isDead: isDead) }
    return isDead.isSet
  }

  @Test(arguments: ["before", "after"]) func `at every step`(moment: String) async throws {
    let place = try DeployRun()
    for tool in Self.tools { try place.write(Self.wrapper, to: "wrapped/\(tool)", mode: 0o755) }
    let plain = place.directory(keep: 2)
    let checked = place.directory(["health-check": "test -s version"], keep: 2)
    for version in ["a", "b"] {
      try place.writeVersion(version)
      try #require(try await place.run(plain).status == .succeeded)
    }
    var expected = "b"
    var kills = 0
    for point in 0..<200 {
      try place.writeVersion("killed-\(point)")
      if try await !deploy(place, killedAt: point, moment, checked) {
        #expect(place.version() == "killed-\(point)")
        break
      }
      kills += 1
      // Whatever was under way: a complete release, the one before or the new one.
      let found = place.version()
      #expect([expected, "killed-\(point)"].contains(found), "killed \(moment) \(point): \(found ?? "no current")")
      let tool = try? FileSystem.read(place.site + "/current/bin/tool", limit: 100)
      #expect(tool.map { String(decoding: $0, as: UTF8.self).contains("echo \(found ?? "?")") } == true)

      try place.writeVersion("after-\(point)")
      let next = try await place.run(checked)
      #expect(next.status == .succeeded, "after a kill \(moment) \(point): \(next.message)")
      expected = "after-\(point)"
      #expect(place.version() == expected)
      let left = try place.releases()
      #expect(left.count == 2 && left.allSatisfy { !$0.hasPrefix(".") }, "after a kill \(moment) \(point): \(left)")
      let top = try DeployRun.names(in: place.site).filter { $0 != ".deployment.lock" }
      #expect(top == ["current", "releases"], "after a kill \(moment) \(point): \(top)")
    }
    #expect(kills > 12, "too few points were hit: \(kills)")
  }
}
