import JourneymanBuildspec
import Testing

@Suite struct BatchTests {
  @Test func readsABuildGraph() throws {
    let document = parse(
      """
      version: 0.2
      batch:
        fast-fail: true
        build-graph:
          - identifier: linux_small
            env:
              compute-type: BUILD_GENERAL1_SMALL
              image: aws/codebuild/standard:7.0
              privileged-mode: yes
              type: LINUX_CONTAINER
              variables:
                KEY: 3.10
            ignore-failure: true
          - identifier: second
            buildspec: second.yml
            debug-session: true
            depend-on:
              - linux_small
      """)
    #expect(document.problems.isEmpty)
    let batch = try #require(document.buildspec?.batch)
    #expect(
      batch
        == Buildspec.Batch(
          failsFast: true,
          form: .graph([
            .init(
              identifier: "linux_small",
              environment: .init(
                computeType: "BUILD_GENERAL1_SMALL", image: "aws/codebuild/standard:7.0", isPrivileged: true,
                type: "LINUX_CONTAINER", variables: [.init(name: "KEY", value: "3.10")]),
              ignoresFailure: true),
            .init(
              identifier: "second", buildspec: "second.yml", hasDebugSession: true, dependsOn: ["linux_small"]),
          ])))
    #expect(batch.tasks.map(\.identifier) == ["linux_small", "second"])
  }

  @Test func readsABuildListWithoutPhases() throws {
    let document = parse(
      "version: 0.2\nbatch:\n  build-list:\n    - {identifier: a}\n    - {identifier: b, depend-on: [a]}\n")
    #expect(try #require(document.buildspec?.batch).form == .list([.init(identifier: "a"), .init(identifier: "b")]))
    #expect(document.unknownKeys == [.init(section: "batch.build-list[1]", keys: ["depend-on"])])
  }

  @Test func multipliesAMatrix() throws {
    let document = parse(
      """
      version: 0.2
      batch:
        build-matrix:
          static:
            ignore-failure: yes
            env:
              type: LINUX_CONTAINER
              privileged-mode: true
          dynamic:
            buildspec: [one.yml, two.yml]
            env:
              compute-type: BUILD_GENERAL1_SMALL
              image:
                - a
                - b
              variables:
                PYTHON: [3.9, 3.10]
                MODE: [debug, release, test]
      """)
    #expect(document.problems.isEmpty)
    let tasks = try #require(document.buildspec?.batch).tasks
    #expect(tasks.count == 24)
    #expect(tasks.map(\.identifier) == (1...24).map { "matrix_\($0)" })
    #expect(tasks.allSatisfy { $0.ignoresFailure && $0.environment.type == "LINUX_CONTAINER" })
    #expect(tasks.allSatisfy { $0.environment.isPrivileged == true })
    #expect(tasks.allSatisfy { $0.environment.computeType == "BUILD_GENERAL1_SMALL" })
    let combinations = tasks.map { task in
      [task.buildspec ?? "", task.environment.image ?? ""] + task.environment.variables.map { "\($0.name)=\($0.value)" }
    }
    #expect(Set(combinations).count == 24)
    #expect(combinations[0] == ["one.yml", "a", "PYTHON=3.9", "MODE=debug"])
    #expect(combinations[1] == ["one.yml", "a", "PYTHON=3.9", "MODE=release"])
    #expect(combinations[3] == ["one.yml", "a", "PYTHON=3.10", "MODE=debug"])
    #expect(combinations[23] == ["two.yml", "b", "PYTHON=3.10", "MODE=test"])
  }

  @Test func readsAFanout() throws {
    let document = parse(
      "version: 0.2\nbatch:\n  build-fanout: {parallelism: 3, ignore-failure: no}\nphases: {build: {commands: [a]}}\n")
    #expect(document.problems.isEmpty)
    let batch = try #require(document.buildspec?.batch)
    #expect(batch.form == .fanout(.init(parallelism: 3)))
    #expect(batch.tasks.map(\.identifier) == ["fanout_1", "fanout_2", "fanout_3"])
  }

  @Test(arguments: [
    (
      "{}", "2:8 batch: expected exactly one of build-graph, build-list, build-matrix, build-fanout, found none of them"
    ),
    (
      "{build-list: [{identifier: a}], build-graph: [{identifier: a}]}",
      "2:8 batch: expected exactly one of build-graph, build-list, build-matrix, build-fanout, found build-graph and "
        + "build-list"
    ),
    ("[a]", "2:8 batch: expected a mapping of keys to values, found a list"),
    ("{build-list: []}", "2:21 batch.build-list: expected 1 to 1000 tasks, found 0"),
    ("{build-list: [~]}", "2:21 batch.build-list: names no task"),
    ("{build-list: {a: b}}", "2:21 batch.build-list: expected a list of tasks, found a mapping"),
    ("{build-list: [{buildspec: a}]}", "2:22 batch.build-list[0]: identifier is missing"),
    (
      "{build-list: [{identifier: a-b}]}",
      "2:35 batch.build-list[0].identifier: 'a-b' is not 1 to 127 letters, digits or underscores"
    ),
    ("{build-list: [{identifier: a}, {identifier: a}]}", "2:39 batch.build-list[1]: the identifier 'a' is taken"),
    (
      "{build-graph: [{identifier: a, depend-on: [b]}]}",
      "2:23 batch.build-graph: 'a' depends on 'b', which is no task"
    ),
    (
      "{build-graph: [{identifier: a, depend-on: [a]}]}", "2:23 batch.build-graph: the tasks wait for each other: a → a"
    ),
    (
      "{build-graph: [{identifier: x}, {identifier: d, depend-on: [a]}, {identifier: a, depend-on: [x, b]}, "
        + "{identifier: b, depend-on: [c]}, {identifier: c, depend-on: a}]}",
      "2:73 batch.build-graph: the tasks wait for each other: a → b → c → a"
    ),
    ("{build-fanout: {}}", "2:23 batch.build-fanout.parallelism: expected a number from 1 to 1000"),
    ("{build-fanout: {parallelism: 0}}", "2:37 batch.build-fanout.parallelism: expected a number from 1 to 1000"),
    (
      "{build-matrix: {dynamic: {env: {variables: {A: []}}}}}",
      "2:52 batch.build-matrix.dynamic.env.variables.A: has no values"
    ),
    (
      "{build-matrix: {dynamic: {env: {variables: {\((1...10).map { "V\($0): [a, b]" }.joined(separator: ", "))}}}}}",
      "2:23 batch.build-matrix: the combinations are more than 1000"
    ),
    (
      "{build-matrix: {dynamic: {env: {variables: {\((1...70).map { "V\($0): [a, b]" }.joined(separator: ", "))}}}}}",
      "2:23 batch.build-matrix: the combinations are more than 1000"
    ),
  ])
  func refuses(batch: String, message: String) {
    let document = parse("version: 0.2\nbatch: \(batch)\n")
    #expect(document.errorLines == [message])
    #expect(document.errors.allSatisfy { $0.code == .batchSpecError })
    #expect(document.buildspec == nil)
  }

  @Test(.timeLimit(.minutes(1)))
  func followsLongChains() throws {
    let tasks = (0..<1_000).map { "    - {identifier: t\($0), depend-on: [t\(($0 + 1) % 1_000)]}" }
    let document = parse("version: 0.2\nbatch:\n  build-graph:\n\(tasks.joined(separator: "\n"))\n")
    #expect(document.errors.count == 1)
    #expect(
      document.errors.first?.message.hasSuffix(": t0 → t1 → t2 → t3 → t4 → t5 → … → t996 → t997 → t998 → t999 → t0")
        == true)
  }
}
