import JourneymanBuildspec
import Testing

@Suite struct PhaseTests {
  @Test(arguments: [
    ("commands:\n      - a\n      - b", ["a", "b"]), ("commands: a && b", ["a && b"]), ("commands:", []),
    ("commands: ~", []), ("commands: []", []), ("finally: [x]", []),
    ("commands: [1, true, 3.10]", ["1", "true", "3.10"]),
    ("commands:\n      - |\n        set -e\n        make", ["set -e\nmake\n"]),
    ("commands:\n      - >\n        one\n        two\n      - last", ["one two\n", "last"]),
    ("commands:\n      - echo \\\n        more", ["echo \\ more"]),
    ("commands:\n    - same column", ["same column"]),
    ("commands:\n      - \"echo \\\"a: b\\\"\"", ["echo \"a: b\""]),
  ])
  func readsCommands(text: String, expected: [String]) throws {
    let document = parse("version: 0.2\nphases:\n  build:\n    \(text)\n")
    #expect(document.problems.isEmpty)
    #expect(try #require(document.buildspec?.phases[.build]).commands == expected)
  }

  @Test func leavesOutEmptyItems() throws {
    let document = parse("version: 0.2\nphases:\n  build:\n    commands:\n      - a\n      -\n      - b\n")
    #expect(try #require(document.buildspec?.phases[.build]).commands == ["a", "b"])
    #expect(document.warningLines == ["6:8 phases.build.commands[1] is empty and is left out"])
  }

  @Test func readsAllOfAPhase() throws {
    let document = parse(
      """
      version: 0.2
      run-as: builder
      phases:
        install:
          run-as: root
          on-failure: CONTINUE
          runtime-versions:
            python: 3.10
            nodejs: 18.x
            java: $JAVA
            golang: latest
          commands: [a]
          finally:
            - b
        pre_build:
        build: {}
        post_build:
          finally: c
      """)
    let buildspec = try #require(document.buildspec)
    #expect(document.problems.isEmpty)
    #expect(buildspec.runAs == "builder")
    #expect(
      buildspec.phases == [
        .install: .init(
          runAs: "root", onFailure: .continue, commands: ["a"], finally: ["b"],
          runtimeVersions: [
            .init(name: "python", version: "3.10"), .init(name: "nodejs", version: "18.x"),
            .init(name: "java", version: "$JAVA"), .init(name: "golang", version: "latest"),
          ]),
        .preBuild: .init(), .build: .init(), .postBuild: .init(finally: ["c"]),
      ])
  }

  @Test(
    arguments: [
      ("ABORT", .abort), ("CONTINUE", .continue), ("continue", .continue), ("RETRY", .retry(count: 3, pattern: ".*")),
      ("RETRY-0", .retry(count: 0, pattern: ".*")), ("RETRY-100", .retry(count: 100, pattern: ".*")),
      ("RETRY-.*timed out.*", .retry(count: 3, pattern: ".*timed out.*")),
      ("RETRY-2-exit status 7", .retry(count: 2, pattern: "exit status 7")),
      ("RETRY-2-a-b", .retry(count: 2, pattern: "a-b")), ("RETRY-5xx", .retry(count: 3, pattern: "5xx")),
      ("RETRY--1", .retry(count: 3, pattern: "-1")),
    ] as [(String, Buildspec.OnFailure)])
  func readsOnFailure(text: String, expected: Buildspec.OnFailure) throws {
    let document = parse("version: 0.2\nphases:\n  build:\n    on-failure: \(text)\n    commands: [a]\n")
    #expect(document.problems.isEmpty)
    #expect(try #require(document.buildspec?.phases[.build]).onFailure == expected)
  }

  @Test(arguments: [
    "STOP", "RETRY-101", "RETRY-", "RETRY-3-", "RETRY-99999999999999999999", "RETRYX", "'RETRY-('", "''",
  ])
  func refusesWrongOnFailure(text: String) {
    let document = parse("version: 0.2\nphases:\n  build:\n    on-failure: \(text)\n    commands: [a]\n")
    #expect(document.errors.count == 1)
    #expect(document.errors.first?.line == 4)
    #expect(document.errors.first?.message.hasPrefix("phases.build.on-failure: ") == true)
  }

  @Test(arguments: [
    ("version: 0.2", Buildspec.Version.v02, 0), ("version: '0.2'", .v02, 0), ("version: \"0.1\"", .v01, 0),
    ("version: 0.20", .v02, 0), ("version: 0.3", .v02, 1), ("version: 1", .v02, 1), ("version: 2.0", .v02, 1),
  ])
  func readsVersions(line: String, expected: Buildspec.Version, warnings: Int) throws {
    let document = parse("\(line)\nphases:\n  build:\n    commands: [a]\n")
    #expect(try #require(document.buildspec).version == expected)
    #expect(document.warnings.count == warnings)
    #expect(document.warnings.allSatisfy { $0.code == .version })
  }

  @Test(arguments: [
    ("", "1:1 version is missing: a buildspec starts with 'version: 0.2'"),
    ("version:\n", "1:1 version is missing: a buildspec starts with 'version: 0.2'"),
    ("version: latest\n", "1:10 version: 'latest' is not 0.1 or 0.2"),
    ("version: nan\n", "1:10 version: 'nan' is not 0.1 or 0.2"),
    ("version: [0.2]\n", "1:10 version: expected text, found a list"),
  ])
  func refusesOtherVersions(line: String, message: String) {
    #expect(parse("\(line)phases: {build: {commands: [a]}}\n").errorLines == [message])
  }

  @Test func warnsOfAQuotedVersionInABatch() {
    let document = parse("version: \"0.2\"\nbatch:\n  build-list: [{identifier: a}]\n")
    #expect(document.buildspec != nil)
    #expect(
      document.warningLines == [
        "1:10 CodeBuild refuses a quoted version in a batch: cannot unmarshal !!str `0.2` into float64"
      ])
  }

  @Test func refusesAFileWithNothingToRun() {
    #expect(
      parse("version: 0.2\nartifacts: {files: a}\n").errorLines == [
        "1:1 the buildspec has neither phases nor a batch: there is nothing to run"
      ])
  }

  @Test(arguments: [
    ("phases: [build]", "2:9 phases: expected a mapping of keys to values, found a list"),
    ("phases: {build: make}", "2:17 phases.build: expected a mapping of keys to values, found text"),
    ("phases: {build: {commands: {a: b}}}", "2:28 phases.build.commands: expected a list of commands, found a mapping"),
    ("phases: {build: {commands: [a], run-as: [b]}}", "2:41 phases.build.run-as: expected text, found a list"),
    ("phases: {[a]: b}", "2:10 phases: a key must be text, found a list"),
    ("phases: {build: {commands: [\"a\\0b\"]}}", "2:29 phases.build.commands[0]: contains a NUL character"),
  ])
  func refusesWrongShapes(line: String, message: String) {
    #expect(parse("version: 0.2\n\(line)\n").errorLines == [message])
  }
}
