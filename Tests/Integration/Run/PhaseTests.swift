import JourneymanBuildModel
import TestSupport
import Testing

/// Which phase follows which (BUILDSPEC.md §3), what `on-failure` changes about it, and `finally`.
@Suite(.takingTurns) struct PhaseTests {
  /// A phase that fails, and where the build goes from there.
  struct Failure: Sendable, CustomTestStringConvertible {
    var phase: BuildPhase
    var onFailure: String?
    /// The phases that follow before `FINALIZING`.
    var followers: [BuildPhase]

    var testDescription: String { "\(phase.rawValue) \(onFailure ?? "fails")" }
  }

  static let failures = [
    Failure(phase: .install, followers: []),
    Failure(phase: .install, onFailure: "ABORT", followers: []),
    Failure(phase: .install, onFailure: "CONTINUE", followers: [.preBuild, .build, .postBuild, .uploadArtifacts]),
    Failure(phase: .preBuild, followers: []),
    Failure(phase: .preBuild, onFailure: "ABORT", followers: []),
    Failure(phase: .preBuild, onFailure: "CONTINUE", followers: [.build, .postBuild, .uploadArtifacts]),
    Failure(phase: .build, followers: [.postBuild, .uploadArtifacts]),
    Failure(phase: .build, onFailure: "ABORT", followers: []),
    Failure(phase: .build, onFailure: "CONTINUE", followers: [.postBuild, .uploadArtifacts]),
    Failure(phase: .postBuild, followers: [.uploadArtifacts]),
    Failure(phase: .postBuild, onFailure: "ABORT", followers: []),
    Failure(phase: .postBuild, onFailure: "CONTINUE", followers: [.uploadArtifacts]),
    Failure(phase: .build, onFailure: "RETRY-1", followers: [.postBuild, .uploadArtifacts]),
    Failure(phase: .preBuild, onFailure: "RETRY-1", followers: []),
  ]

  private static let commanded: [(BuildPhase, String)] = [
    (.install, "install"), (.preBuild, "pre_build"), (.build, "build"), (.postBuild, "post_build"),
  ]

  @Test(arguments: failures)
  func aFailingPhaseLeadsWhereTheReferenceSays(failure: Failure) async throws {
    var buildspec = "version: 0.2\nphases:\n"
    var says: [String] = []
    var neverSays: [String] = []
    for (phase, name) in Self.commanded {
      buildspec += "  \(name):\n"
      if phase == failure.phase, let onFailure = failure.onFailure { buildspec += "    on-failure: \(onFailure)\n" }
      buildspec += "    commands:\n      - echo in \(name) $CODEBUILD_BUILD_SUCCEEDING\n"
      if phase == failure.phase { buildspec += "      - exit 3\n      - echo behind\n" }
      let isEntered = phase == failure.phase || failure.followers.contains(phase)
      let isBefore = Self.order(phase) < Self.order(failure.phase)
      if isBefore || phase == failure.phase { says.append("in \(name) 1") }
      if !isBefore && failure.followers.contains(phase) { says.append("in \(name) 0") }
      if !isBefore && !isEntered { neverSays += ["in \(name) 0", "in \(name) 1"] }
    }
    buildspec += "artifacts:\n  files: source.txt\n"
    let behind = Set<BuildPhase>.behind(failure.phase)
    let build = try await BuildCase(
      title: "", buildspec: buildspec, files: ["source.txt": "kept"], status: .failed, failing: [failure.phase],
      skipped: behind.subtracting(failure.followers),
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: exit 3. Reason: exit status 3",
      says: says,
      neverSays: neverSays + ["behind"]
    ).check()
    #expect(build.exitStatus == 1)
    #expect(build.result.artifacts.isEmpty == !failure.followers.contains(.uploadArtifacts))
  }

  private static func order(_ phase: BuildPhase) -> Int { BuildPhase.allCases.firstIndex(of: phase) ?? 0 }
}

/// Everything else about phases, as a table.
@Suite(.takingTurns) struct PhaseRuleTests {
  static let cases = [
    BuildCase(
      title: "all phases are entered though nothing is said about them", buildspec: "version: 0.2\nphases: {}\n",
      says: BuildPhase.allCases.map { "[Container] Entering phase \($0.rawValue)" }),
    BuildCase(
      title: "phases may be null, their commands null, empty, or one text",
      buildspec: """
        version: 0.2
        phases:
          install:
          pre_build:
            commands:
          build:
            commands: []
          post_build:
            commands: echo one text
        """,
      says: ["[Container] Running command echo one text", "one text"]),
    BuildCase(
      title: "phases run in their own order, not the file's",
      buildspec: """
        version: 0.2
        phases:
          post_build: {commands: [echo 4]}
          build: {commands: [echo 3]}
          install: {commands: [echo 1]}
          pre_build: {commands: [echo 2]}
        """,
      says: ["1", "2", "3", "4"]),
    BuildCase(
      title: "finally runs after a success",
      buildspec: """
        version: 0.2
        phases:
          build:
            commands: [echo a]
            finally: [echo b, echo c]
          post_build: {commands: [echo d]}
        """,
      says: ["a", "b", "c", "d"]),
    BuildCase(
      title: "finally runs though a command failed, the rest of the commands does not",
      buildspec: """
        version: 0.2
        phases:
          build:
            commands: [echo a, "false", echo never]
            finally: [echo b, echo c]
          post_build: {commands: [echo d $CODEBUILD_BUILD_SUCCEEDING]}
        """,
      status: .failed, failing: [.build],
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: false. Reason: exit status 1",
      says: [
        "a", "[Container] Command did not exit successfully false exit status 1", "b", "c",
        "[Container] Phase complete: BUILD State: FAILED",
        "[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: "
          + "Error while executing command: false. Reason: exit status 1",
        "d 0",
      ],
      neverSays: ["never"]),
    BuildCase(
      title: "a failing finally command fails the phase, those behind it run",
      buildspec: """
        version: 0.2
        phases:
          install:
            commands: [echo a]
            finally: [exit 4, echo b]
          build: {commands: [echo never]}
        """,
      status: .failed, failing: [.install], skipped: .behind(.install),
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: exit 4. Reason: exit status 4",
      says: ["a", "b"], neverSays: ["never"]),
    BuildCase(
      title: "the first failure of a phase is its context",
      buildspec: """
        version: 0.2
        phases:
          build:
            commands: [exit 5]
            finally: [exit 6]
        """,
      status: .failed, failing: [.build],
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: exit 5. Reason: exit status 5",
      says: ["[Container] Command did not exit successfully exit 6 exit status 6"]),
    BuildCase(
      title: "a build that fails twice says 0 from the first on",
      buildspec: """
        version: 0.2
        phases:
          install:
            on-failure: CONTINUE
            commands: [echo i$CODEBUILD_BUILD_SUCCEEDING, exit 1]
          pre_build:
            on-failure: CONTINUE
            commands: [echo p$CODEBUILD_BUILD_SUCCEEDING, exit 2]
          build: {commands: [echo b$CODEBUILD_BUILD_SUCCEEDING]}
          post_build: {commands: [echo q$CODEBUILD_BUILD_SUCCEEDING]}
        """,
      status: .failed, failing: [.install, .preBuild], says: ["i1", "p0", "b0", "q0"]),
    BuildCase(
      title: "artifacts that do not exist fail UPLOAD_ARTIFACTS alone",
      buildspec: "version: 0.2\nphases: {}\nartifacts:\n  files: nothing\n", status: .failed,
      failing: [.uploadArtifacts],
      context: "CLIENT_ERROR: no matching artifact paths found",
      says: [
        "[Container] Skipping invalid file path nothing",
        "[Container] Phase context status code: CLIENT_ERROR Message: no matching artifact paths found",
        "[Container] Entering phase FINALIZING",
      ]),
  ]

  @Test(arguments: cases)
  func rule(example: BuildCase) async throws { try await example.check() }

  /// A phase that notes each attempt and fails.
  struct Retry: Sendable, CustomTestStringConvertible {
    var onFailure: String
    var attempts: Int
    var testDescription: String { onFailure }
  }

  @Test(arguments: [
    Retry(onFailure: "RETRY", attempts: 4), Retry(onFailure: "RETRY-0", attempts: 1),
    Retry(onFailure: "RETRY-2", attempts: 3), Retry(onFailure: "RETRY-2-exit status [89]", attempts: 3),
    Retry(onFailure: "RETRY-2-exit status 7", attempts: 1), Retry(onFailure: "RETRY-.*never.*", attempts: 1),
    Retry(onFailure: "RETRY-^Error while executing command", attempts: 4),
  ])
  func retriesAsOftenAsItSays(retry: Retry) async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: """
        version: 0.2
        phases:
          build:
            on-failure: \(retry.onFailure)
            commands:
              - echo attempt ${CARRIED:-afresh}; CARRIED=over
              - exit 8
            finally:
              - echo finally
        """,
      status: .failed, failing: [.build]
    ).check()
    #expect(build.lines.count { $0 == "attempt afresh" } == retry.attempts)
    #expect(build.lines.count { $0 == "finally" } == retry.attempts)
    #expect(build.result.phases.count == BuildPhase.allCases.count)
  }
}
