import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// The variables of a build (BUILDSPEC.md §2 and §6).
@Suite(.takingTurns) struct VariableTests {
  static let cases = [
    BuildCase(
      title: "values are literal and keep their text",
      buildspec: """
        version: 0.2
        env:
          variables:
            A: "$HOME:$(id)/x"
            B: 3.10
            C: true
            D: 0123
            E: yes
            F:
            G: 'it''s "quoted" `here`'
        phases:
          build:
            commands:
              - echo "$A|$B|$C|$D|$E|${F-unset}|$G"
        """,
      says: ["$HOME:$(id)/x|3.10|true|0123|yes||it's \"quoted\" `here`"]),
    BuildCase(
      title: "--env wins over the buildspec, the last --env over the first",
      buildspec: "version: 0.2\nenv: {variables: {A: spec, B: spec}}\n"
        + "phases: {build: {commands: ['echo \"$A $B $C\"']}}\n",
      arguments: ["--env", "A=first", "--env", "A=outside", "--env", "C=a=b c"], says: ["outside spec a=b c"]),
    BuildCase(
      title: "what the build itself sets lasts and wins",
      buildspec: "version: 0.2\nenv: {variables: {A: spec}}\n"
        + "phases: {install: {commands: [A=own]}, build: {commands: ['echo $A']}}\n",
      arguments: ["--env", "A=outside"], says: ["own"]),
    BuildCase(
      title: "the PATH of a build can grow",
      buildspec: .building(
        "mkdir bin; printf '#!/bin/sh\\necho found\\n' > bin/mytool; chmod +x bin/mytool",
        "export PATH=$PWD/bin:$PATH", "mytool"),
      says: ["found"]),
    BuildCase(
      title: "the build knows where it is",
      buildspec: .building(
        "[ \"$CODEBUILD_SRC_DIR\" = \"$PWD\" ] && echo source",
        "[ -d \"$HOME\" ] && echo home; ls -A \"$HOME\" | wc -l",
        "echo $CODEBUILD_BUILD_NUMBER $CODEBUILD_CI $CODEBUILD_BUILD_SUCCEEDING $CODEBUILD_LOCAL_BUILD",
        "echo ${CODEBUILD_RESOLVED_SOURCE_VERSION-none} ${CODEBUILD_BATCH_BUILD_IDENTIFIER-none}",
        "[ \"$CODEBUILD_START_TIME\" -gt 1700000000000 ] && echo milliseconds"),
      says: ["source", "home", "0", "1 true 1 true", "none none", "milliseconds"]),
  ]

  @Test(arguments: cases)
  func rule(example: BuildCase) async throws { try await example.check() }

  @Test(arguments: [SandboxSettings.Mode.off, .strict])
  func nothingElseOfTheCallersEnvironmentReachesABuild(sandbox: SandboxSettings.Mode) async throws {
    let buildspec = String.building("echo ${LEAK-none} ${SSH_AUTH_SOCK-none} $TZ", "env | cut -d= -f1 | sort")
    var run = JourneymanRun(files: ["buildspec.yml": buildspec], sandbox: sandbox)
    run.environment = [
      "LEAK": "leaked", "SSH_AUTH_SOCK": "/tmp/agent", "TZ": "Asia/Tokyo", "AWS_SECRET_ACCESS_KEY": "x",
    ]
    let build = try await run.run(in: BuildPlace())
    #expect(build.lines.contains("none none Asia/Tokyo"), "\(build.log)")
    let names = build.lines.drop { !$0.hasPrefix("[Container] Running command env") }.dropFirst().prefix { $0 != "" }
    let others = names.filter {
      !$0.hasPrefix("CODEBUILD_") && !$0.hasPrefix("LC_") && !$0.lowercased().hasSuffix("_proxy")
    }
    let expected = ["HOME", "LANG", "LANGUAGE", "OLDPWD", "PATH", "PWD", "SHLVL", "TERM", "TMPDIR", "TZ", "USER", "_"]
    #expect(Set(others).subtracting(expected).isEmpty)
    #expect(others.contains("PATH"))
  }

  @Test func theIdentifiersFitTheResult() async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: .building(
        "echo \"id $CODEBUILD_BUILD_ID\"", "echo \"arn $CODEBUILD_BUILD_ARN\"",
        "echo \"url $CODEBUILD_SOURCE_REPO_URL\"")
    ).check()
    #expect(build.lines.contains("id source:\(build.result.id)"), "\(build.log)")
    #expect(build.lines.contains("arn arn:aws:codebuild:local:000000000000:build/source:\(build.result.id)"))
    #expect(build.lines.contains("url \(build.result.source.url)"))
    #expect(build.result.source.url == build.place.source)
  }

  @Test func anEnvironmentFileHasLinesAndComments() async throws {
    let place = try BuildPlace()
    try place.write("# a comment\nA=from file\nB=\"quotes stay\"\n\nC=file\n", to: "variables")
    try await BuildCase(
      title: "", buildspec: .building("echo \"$A|$B|$C\""),
      arguments: ["--env-file", place.path + "/variables", "--env", "C=option"],
      says: ["from file|\"quotes stay\"|option"]
    ).check(in: place)
  }

  @Test func exportedVariablesAreReadAtTheEndOfPostBuild() async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: """
        version: 0.2
        env:
          variables: {GIVEN: given, GONE: gone}
          exported-variables: [GIVEN, GONE, OWN, LINES, EMPTY, NEVER, AWS_REGION]
        phases:
          build: {commands: [OWN=early, unset GONE, "LINES=$(printf 'a\\nb=c')", EMPTY=]}
          post_build: {commands: [OWN=late, AWS_REGION=eu-west-1]}
        """
    ).check()
    #expect(
      build.result.exportedVariables == ["GIVEN": "given", "OWN": "late", "LINES": "a\nb=c", "EMPTY": ""])
  }

  @Test func exportedVariablesOfAFailedBuildAreThereIfPostBuildRan() async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: """
        version: 0.2
        env: {exported-variables: [A]}
        phases:
          build: {commands: [A=1, exit 1]}
        """,
      status: .failed, failing: [.build]
    ).check()
    #expect(build.result.exportedVariables == ["A": "1"])
  }
}
