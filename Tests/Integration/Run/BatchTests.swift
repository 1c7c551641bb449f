import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Batches (BUILDSPEC.md §9): every task is a build of its own.
@Suite(.takingTurns) struct BatchTests {
  private func run(_ buildspec: String, files: [String: String] = [:], executors: Int = 1) async throws -> FinishedBuild
  {
    var run = JourneymanRun(files: files)
    run.files["buildspec.yml"] = buildspec
    run.configuration = "[agent]\n  executors = \(executors)\n"
    return try await run.run(in: BuildPlace())
  }

  private func statuses(_ build: FinishedBuild) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: (build.result.batch ?? []).map { ($0.identifier, $0.status?.rawValue ?? "not started") })
  }

  @Test(arguments: [1, 3])
  func aListRunsEveryTask(executors: Int) async throws {
    let build = try await run(
      """
      version: 0.2
      env: {variables: {KIND: root, OTHER: root}}
      batch:
        build-list:
          - identifier: one
          - identifier: two
            env: {variables: {KIND: two}}
          - {identifier: three, buildspec: ci/three.yml}
      phases:
        build: {commands: ['echo "$CODEBUILD_BATCH_BUILD_IDENTIFIER $KIND $OTHER"', touch left]}
      """,
      files: ["ci/three.yml": .building("echo the third; ls left 2> /dev/null || echo alone")], executors: executors)
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(build.result.batch?.map(\.identifier) == ["one", "two", "three"])
    #expect(build.result.batch?.map(\.status) == [.succeeded, .succeeded, .succeeded])
    func log(_ task: String) throws -> [String] {
      try FinishedBuild.log(build.place.output + "/tasks/" + task).components(separatedBy: "\n")
    }
    #expect(try log("one").contains("one root root"))
    #expect(try log("two").contains("two two root"))
    #expect(try log("three").contains("the third"))
    #expect(try log("three").contains("alone"))
    #expect(build.lines.contains("[Container] Task complete: three State: succeeded"))
    #expect(build.exitStatus == 0)
  }

  private static func graph(_ tasks: String, failFast: Bool = false) -> String {
    """
    version: 0.2
    batch:
      fast-fail: \(failFast)
      build-graph:
    \(tasks.split(separator: "\n").map { "    - {\($0)}" }.joined(separator: "\n"))
    phases:
      build: {commands: ['case $CODEBUILD_BATCH_BUILD_IDENTIFIER in bad*) exit 1;; esac']}
    """
  }

  @Test func aGraphRunsTasksBehindThoseTheyDependOn() async throws {
    let build = try await run(
      Self.graph("identifier: c, depend-on: [a, b]\nidentifier: a\nidentifier: b, depend-on: [a]"), executors: 3)
    #expect(statuses(build) == ["a": "succeeded", "b": "succeeded", "c": "succeeded"])
    let order = build.lines.filter { $0.hasPrefix("[Container] Entering task") || $0.contains("Task complete") }
    #expect(order.map { String($0.split(separator: " ")[3].prefix(1)) } == ["a", "a", "b", "b", "c", "c"], "\(order)")
  }

  @Test func whatDependsOnAFailureIsNotStarted() async throws {
    let build = try await run(
      Self.graph(
        "identifier: bad\nidentifier: behind, depend-on: [bad]\nidentifier: further, depend-on: [behind]\n"
          + "identifier: other"))
    #expect(
      statuses(build) == ["bad": "failed", "behind": "not started", "further": "not started", "other": "succeeded"])
    #expect(build.result.status == .failed)
    #expect(build.exitStatus == 1)
  }

  @Test func anIgnoredFailureStopsNothing() async throws {
    let build = try await run(
      Self.graph("identifier: bad, ignore-failure: true\nidentifier: behind, depend-on: [bad]"))
    #expect(statuses(build) == ["bad": "failed", "behind": "succeeded"])
    #expect(build.result.status == .succeeded)
    #expect(build.exitStatus == 0)
  }

  @Test(arguments: [false, true])
  func fastFailKeepsTheRestFromStarting(failFast: Bool) async throws {
    let build = try await run(Self.graph("identifier: bad\nidentifier: later\nidentifier: last", failFast: failFast))
    let rest = failFast ? "not started" : "succeeded"
    #expect(statuses(build) == ["bad": "failed", "later": rest, "last": rest])
    #expect(build.result.status == .failed)
  }

  @Test func fastFailStopsWhatRuns() async throws {
    let build = try await run(
      """
      version: 0.2
      batch:
        fast-fail: true
        build-list:
          - {identifier: long, env: {variables: {DO: "sleep 600"}}}
          - {identifier: short, env: {variables: {DO: "exit 1"}}}
      phases: {build: {commands: ['eval "$DO"']}}
      """, executors: 2)
    #expect(statuses(build) == ["long": "stopped", "short": "failed"], "\(build.log)")
    #expect(build.result.status == .failed)
  }

  @Test func aMatrixIsEveryCombination() async throws {
    let build = try await run(
      """
      version: 0.2
      batch:
        build-matrix:
          static: {ignore-failure: false}
          dynamic:
            env:
              variables:
                A: [1, 2]
                B: [x, y, z]
      phases: {build: {commands: ['echo "pair $A$B"']}}
      """, executors: 2)
    #expect(build.result.status == .succeeded, "\(build.log)")
    let pairs = try (build.result.batch ?? []).compactMap { task in
      try FinishedBuild.log(build.place.output + "/" + (task.output ?? "")).components(separatedBy: "\n")
        .first { $0.hasPrefix("pair ") }
    }
    #expect(Set(pairs) == ["pair 1x", "pair 1y", "pair 1z", "pair 2x", "pair 2y", "pair 2z"])
    #expect(pairs.count == 6)
  }

  @Test func aTasksBatchIsNotRun() async throws {
    let build = try await run(
      "version: 0.2\nbatch: {build-list: [{identifier: a, buildspec: nested.yml}]}\n",
      files: ["nested.yml": "batch: {build-list: [{identifier: b}]}\n" + .building("echo no further")])
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(try FinishedBuild.log(build.place.output + "/tasks/a").contains("\nno further\n"))
  }
}
