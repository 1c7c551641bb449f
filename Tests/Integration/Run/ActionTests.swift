import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// When actions run, what they hand on, and that what is wrong with them is found first.
@Suite(.takingTurns) struct ActionTests {
  /// A decision command that approves unless the question asks for a refusal.
  private static let configuration = """
    [plugin "approval"]
      decision = "grep -q refuse && exit 1; echo decided by command"

    """

  private func build(_ buildspec: String, sandbox: SandboxSettings.Mode = .off) async throws -> FinishedBuild {
    var run = JourneymanRun(files: ["buildspec.yml": buildspec], sandbox: sandbox)
    run.configuration = Self.configuration
    return try await run.run(in: BuildPlace())
  }

  /// Phases and actions in the order in which they began.
  private func order(_ build: FinishedBuild) -> [String] {
    build.events.compactMap { event in
      switch event.kind {
      case .phaseStarted(let phase):
        ["INSTALL", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"].first { $0 == phase.rawValue }
      case .actionStarted(let name, _): name
      default: nil
      }
    }
  }

  @Test(arguments: [SandboxSettings.Mode.off, .strict])
  func `they run after their phase, the others at the end, and hand outputs on`(
    sandbox: SandboxSettings.Mode
  ) async throws {
    let build = try await build(
      """
      version: 0.2
      phases:
        build: {commands: ['echo "early: $ACTION_FIRST_GATE_COMMENT."']}
        post_build: {commands: ['echo "late: $ACTION_SECOND_BY."']}
      actions:
        - {name: last, uses: approval}
        - {name: second, uses: approval, after: build}
        - {name: first gate, uses: approval, after: install}
        - {name: third, uses: approval, after: post_build}
        - {name: never, uses: approval, when: failed}
      """, sandbox: sandbox)
    #expect(build.result.status == .succeeded, "\(build.log)")
    #expect(
      order(build) == ["INSTALL", "first gate", "BUILD", "second", "POST_BUILD", "third", "UPLOAD_ARTIFACTS", "last"])
    #expect(build.lines.contains("early: decided by command."))
    #expect(build.lines.contains("late: the decision command."))
    #expect(build.result.actions.map(\.name) == ["first gate", "second", "third", "last", "never"])
    #expect(build.result.actions.last?.status == .skipped)
  }

  @Test func `a failing action fails the build as its phase would`() async throws {
    let build = try await build(
      """
      version: 0.2
      phases:
        build: {commands: [echo building]}
        post_build: {commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"']}
      actions:
        - {name: gate, uses: approval, after: build, with: {message: please refuse}}
        - {name: publish, uses: approval}
        - {name: tell, uses: approval, when: failed}
        - {name: clean, uses: approval, when: always}
      """)
    #expect(build.exitStatus == 1)
    #expect(build.result.status == .failed)
    #expect(build.result.actions.map(\.status) == [.failed, .skipped, .succeeded, .succeeded], "\(build.log)")
    #expect(build.result.actions.first?.message == "not approved by the decision command")
    #expect(build.lines.contains("succeeding: 0"))
    #expect(build.result.phases.allSatisfy { $0.status == .succeeded })
  }

  @Test func `after a phase that was never entered they still tell of the failure`() async throws {
    let build = try await build(
      """
      version: 0.2
      phases: {install: {commands: ["false"]}, build: {commands: [echo building]}}
      actions:
        - {name: deploy, uses: approval, after: build}
        - {name: tell, uses: approval, after: post_build, when: failed}
      """)
    #expect(build.result.actions.map { "\($0.name) \($0.status.rawValue)" } == ["deploy skipped", "tell succeeded"])
  }

  @Test func `a decision file decides, and nobody's answer is a no`() async throws {
    let place = try BuildPlace()
    var run = JourneymanRun(
      files: [
        "buildspec.yml": """
        version: 0.2
        phases: {build: {commands: [true]}}
        actions:
          - {name: ship it, uses: approval, with: {timeout: 60s}}
          - {name: alone, uses: approval, with: {timeout: 1s}}
        """
      ])
    run.configuration = "[agent]\n"
    let settled = run
    async let building = settled.run(in: place)
    let decisions = place.output + "/decisions"
    for _ in 0..<600 where access(decisions, F_OK) != 0 { try await Task.sleep(for: .milliseconds(100)) }
    try place.write("approve reviewed by anna\n", to: "output/decisions/ship-it")
    let build = try await building
    #expect(build.result.actions.map(\.status) == [.succeeded, .failed], "\(build.log)")
    #expect(build.result.actions.first?.outputs == ["by": "the decision file", "comment": "reviewed by anna"])
    #expect(build.result.actions.last?.message == "not approved by nobody: nobody decided within 1.0s")
  }

  @Test func `every mistake is named with action, key and line, before any phase and by validate`() async throws {
    let buildspec = """
      version: 0.2
      phases: {build: {commands: [echo the build began]}}
      actions:
        - name: gate
          uses: approval
          with:
            timeout: soon
            mesage: Ship it?
        - name: second
          uses: aproval
        - name: third
          uses: approval
          with: {timeout: 100ms}
      """
    let build = try await build(buildspec)
    let expected = [
      "action 'gate': with.timeout: expected a duration such as 90s or 1h30m, found 'soon' (line 7)",
      "action 'gate': with: unknown key 'mesage'; did you mean 'message'? (line 8)",
      "action 'second': uses: there is no plugin 'aproval'; did you mean 'approval'? (line 9)",
      "action 'third': with.timeout: must be at least a second (line 13)",
    ]
    #expect(build.exitStatus == 2)
    #expect(!build.lines.contains("the build began"))
    for sentence in expected { #expect(build.log.contains(sentence), "\(sentence) is not in:\n\(build.log)") }

    let place = try BuildPlace()
    try place.write(buildspec, to: "buildspec.yml")
    let validated = try await place.journeyman(["validate", "buildspec.yml"])
    #expect(validated.status == 2)
    for sentence in expected { #expect(validated.output.contains(sentence), "\(validated.output)") }
  }
}

/// What somebody types at the terminal of `journeyman run`, through a pseudo terminal of Python's.
@Suite(.takingTurns, .enabled(if: Peer.areFound("python3"))) struct TerminalApprovalTests {
  /// Runs a program on a terminal, types a line when it asks, and ends with its status.
  private static let terminal = """
    import os, pty, sys
    answer = sys.argv[1].encode() + b"\\n"
    seen = b""
    def read(descriptor):
        global seen
        data = os.read(descriptor, 1024)
        seen += data
        if b"Type yes or no" in seen:
            os.write(descriptor, answer)
            seen = b""
        return data
    sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read)))

    """

  @Test(arguments: [("yes", "succeeded", 0), ("no", "failed", 1)])
  func `yes and no decide`(answer: String, status: String, exit: Int32) async throws {
    let place = try BuildPlace()
    try place.write(
      "version: 0.2\nphases: {build: {commands: [true]}}\nactions: [{name: gate, uses: approval, with: {timeout: 60s}}]\n",
      to: "source/buildspec.yml")
    try place.write(Self.terminal, to: "terminal.py")
    var variables = StandardPaths.processEnvironment
    for (name, folder) in ["XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"] {
      variables[name] = place.path + "/" + folder
    }
    let outcome = try await TestProgram.run(
      try #require(TestProgram.find("python3")),
      [
        place.path + "/terminal.py", answer, try TestProgram.products + "/journeyman", "run", place.source, "--output",
        place.output, "--sandbox", "off", "--unsealed",
      ], environment: variables)
    #expect(outcome.status == exit, "\(outcome.output)\(outcome.errors)")
    let text = String(decoding: try FileSystem.read(place.output + "/result.json", limit: 1 << 20), as: UTF8.self)
    let result = try JSONDecoder().decode(BuildResult.self, from: Data(text.utf8))
    #expect(result.actions.map(\.status.rawValue) == [status])
    #expect(result.actions.first?.message.hasSuffix("at the terminal") == true)
  }
}
