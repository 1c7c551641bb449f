import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// Buildspecs that cannot be used end the build in DOWNLOAD_SOURCE with the texts of BUILDSPEC.md §8; odd ones are
/// warned of and used.
@Suite(.takingTurns) struct BuildspecProblemTests {
  private static func refused(_ title: String, _ buildspec: String, _ context: String) -> BuildCase {
    BuildCase(
      title: title, buildspec: buildspec, status: .failed, failing: [.downloadSource],
      skipped: .behind(.downloadSource),
      context: context,
      says: [
        "[Container] Phase complete: DOWNLOAD_SOURCE State: FAILED",
        "[Container] Phase context status code: \(context.replacing(": ", with: " Message: ", maxReplacements: 1))",
        "[Container] Entering phase FINALIZING",
      ])
  }

  static let refusals = [
    refused(
      "a tab", "version: 0.2\nphases:\n\tbuild:\n",
      "YAML_FILE_ERROR: found character that cannot start any token at line 3"),
    refused(
      "a colon", "version: 0.2\nphases:\n  build: a: b\n",
      "YAML_FILE_ERROR: mapping values are not allowed in this context at line 3"),
    refused(
      "a list without an end", "version: 0.2\nphases:\n  build:\n    commands: [ls, 'a'\n  post_build:\n",
      "YAML_FILE_ERROR: did not find expected ',' or ']' at line 5"),
    refused(
      "a command with subkeys",
      "version: 0.2\n\nphases:\n  build:\n    commands:\n     - echo \"Hello: world\"\n",
      "YAML_FILE_ERROR: Expected Commands[0] to be of string type: found subkeys instead at line 6, value of the key "
        + "tag on line 5 might be empty"),
    refused(
      "an unknown phase", "version: 0.2\nphases:\n  test:\n    commands: [ls]\n",
      "YAML_FILE_ERROR: Invalid buildspec phase name: test. Expecting: build,install,post_build,pre_build"),
    refused("an empty file", "", "YAML_FILE_ERROR: the buildspec is empty"),
    refused(
      "no version", "phases:\n  build:\n    commands: [ls]\n",
      "YAML_FILE_ERROR: version is missing: a buildspec starts with 'version: 0.2'"),
    refused(
      "a shell of Windows", "version: 0.2\nphases: {}\nenv: {shell: powershell.exe}\n",
      "YAML_FILE_ERROR: env.shell asks for powershell.exe, which runs on Windows only; use bash or /bin/sh"),
    refused(
      "a task without an identifier", "version: 0.2\nbatch: {build-list: [{ignore-failure: true}]}\n",
      "BATCH_SPEC_VALIDATION_ERROR: batch.build-list[0]: identifier is missing"),
    refused(
      "tasks that wait for each other",
      "version: 0.2\nbatch:\n  build-graph:\n    - {identifier: a, depend-on: [b]}\n    - {identifier: b, depend-on: [a]}\n",
      "BATCH_SPEC_VALIDATION_ERROR: batch.build-graph: the tasks wait for each other: a → b → a"),
    refused(
      "two kinds of batch",
      "version: 0.2\nbatch:\n  build-list: [{identifier: a}]\n  build-graph: [{identifier: b}]\n",
      "BATCH_SPEC_VALIDATION_ERROR: batch: expected exactly one of build-graph, build-list, build-matrix, "
        + "build-fanout, found build-graph and build-list"),
    refused(
      "an action whose plugin is not there",
      "version: 0.2\nactions: [{name: unit, uses: no-such-plugin}]\n",
      "YAML_FILE_ERROR: action 'unit': uses: there is no plugin 'no-such-plugin'; "
        + "'journeyman plugin list' shows those there are (line 2)"),
  ]

  @Test(arguments: refusals)
  func aWrongBuildspecEndsTheBuild(example: BuildCase) async throws {
    let build = try await example.check()
    #expect(build.exitStatus == 2)
    #expect(build.result.artifacts.isEmpty)
  }

  @Test(arguments: [[], ["--buildspec", "ci/other.yml"]])
  func aMissingBuildspecIsNamed(arguments: [String]) async throws {
    let run = JourneymanRun(files: ["readme": ""], arguments: arguments)
    let build = try await run.run(in: BuildPlace())
    let path = build.place.source + "/" + (arguments.last ?? "buildspec.yml")
    #expect(build.result.phases.map(\.name) == [.provisioning, .downloadSource, .finalizing])
    #expect(
      build.result.phases[1].context == [
        PhaseContext(
          statusCode: "YAML_FILE_ERROR",
          message: "YAML file does not exist: stat \(path): no such file or directory; name another by --buildspec")
      ])
    #expect(build.exitStatus == 2)
  }

  @Test func everyProblemIsNamedWithItsPlace() async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: """
        version: 0.2
        phases:
          prebuild: {commands: [a]}
          build: {commands: [b], on-failure: SHRUG}
        """,
      status: .failed, failing: [.downloadSource], skipped: .behind(.downloadSource),
      says: [
        "[Container] buildspec.yml:3:3: error: Invalid buildspec phase name: prebuild. "
          + "Expecting: build,install,post_build,pre_build"
      ]
    ).check()
    #expect(
      build.lines.contains { $0.hasPrefix("[Container] buildspec.yml:4:38: error: phases.build.on-failure: 'SHRUG'") })
  }

  static let accepted = [
    BuildCase(
      title: "unknown keys are a warning in CodeBuild's words",
      buildspec: """
        version: 0.2
        env: {compute-type: large}
        phases:
          build:
            comands: [echo never]
            commands: [echo built]
        artifacts: {type: zip, files: [buildspec.yml]}
        """,
      says: [
        "[Container] Found possible syntax errors in buildspec: ", "In the section BUILD",
        "    The following keys cannot be identified:", "        comands", "In the section artifacts",
        "    The following keys cannot be identified:", "        type", "In the section env",
        "    The following keys cannot be identified:", "        compute-type", "built",
      ]),
    BuildCase(
      title: "of two equal keys the last counts",
      buildspec: "version: 0.2\nphases:\n  build: {commands: [echo first]}\n"
        + "  build: {commands: [echo last]}\n", says: ["last"], neverSays: ["first"]),
    BuildCase(
      title: "JSON is YAML",
      buildspec: #"{"version": "0.2", "phases": {"build": {"commands": ["echo \"from JSON\""]}}}"#, says: ["from JSON"]),
    BuildCase(
      title: "a byte order mark and the line ends of Windows",
      buildspec: "\u{FEFF}version: 0.2\r\nphases:\r\n  build:\r\n    commands:\r\n      - echo one\r\n"
        + "      - |\r\n        echo two\r\n        echo three\r\n", says: ["one", "two", "three"]),
    BuildCase(
      title: "anchors and merge keys",
      buildspec: """
        version: 0.2
        phases:
          install: &common
            commands: &list [echo shared]
          build:
            <<: *common
          post_build: {commands: *list}
        """,
      says: ["shared", "shared", "shared"]),
  ]

  @Test(arguments: accepted)
  func anOddBuildspecIsUsed(example: BuildCase) async throws { try await example.check() }

  @Test(arguments: [("buildspec.yaml", []), ("ci/build.yml", ["--buildspec", "ci/build.yml"])])
  func aBuildspecElsewhereIsFound(file: String, arguments: [String]) async throws {
    let files = [file: String.building("echo in ${PWD##*/}; ls buildspec.yaml ci/build.yml 2> /dev/null; true")]
    let build = try await JourneymanRun(files: files, arguments: arguments).run(in: BuildPlace())
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(build.lines.contains(file))
    #expect(build.result.buildspec?.path == file)
  }
}
