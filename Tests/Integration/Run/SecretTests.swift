import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// `parameter-store` and `secrets-manager` by the `[secret]` entries of agent.conf, and that nothing a build leaves
/// shows their values.
@Suite(.takingTurns) struct SecretTests {
  private static let values = ["f1le-s3cret-value", "env-s3cret-value", "c0mmand-s3cret-value", "js0n-field-value"]

  private func run(_ buildspec: String, _ place: BuildPlace, sandbox: SandboxSettings.Mode) async throws
    -> FinishedBuild
  {
    try place.write(Self.values[0] + "\n", to: "token", mode: 0o600)
    var run = JourneymanRun(files: ["buildspec.yml": buildspec], sandbox: sandbox)
    run.configuration = """
      [secret "/shop/file"]
        file = \(place.path)/token
      [secret "from-environment"]
        env = SHOP_TOKEN
      [secret "from-command"]
        command = "printf 'c0mmand-%s' s3cret-value"
      [secret "object"]
        env = SHOP_OBJECT
      [secret "broken"]
        command = "echo some output; exit 3"

      """
    run.environment = [
      "SHOP_TOKEN": Self.values[1], "SHOP_OBJECT": #"{"user": "me-the-user", "key": "\#(Self.values[3])"}"#,
    ]
    return try await run.run(in: place)
  }

  private static let env = """
    version: 0.2
    env:
      parameter-store:
        FILE: /shop/file
        ENVIRONMENT: from-environment
      secrets-manager:
        COMMAND: from-command
        FIELD: object:key
      exported-variables: [FILE, SHOWN]

    """

  @Test(arguments: [SandboxSettings.Mode.off, .strict])
  func secretsReachTheBuildAndNothingItLeaves(sandbox: SandboxSettings.Mode) async throws {
    let place = try BuildPlace()
    let build = try await run(
      Self.env + """
        phases:
          build:
            commands:
              - echo ${#FILE} ${#ENVIRONMENT} ${#COMMAND} ${#FIELD}
              - echo "file $FILE environment $ENVIRONMENT command $COMMAND field $FIELD"
              - printf %s "$FILE" | base64
              - for part in 1 2 3; do printf 'f1le-s3'; sleep 0; printf 'cret-value\\n'; done
              - SHOWN="shown $COMMAND"
              - mkdir -p "$FIELD"
              - sh -c 'exit 9' f1le-s3cret-value
          post_build:
            commands:
              - echo result > "$FIELD/file"
        artifacts:
          files: ["**/file"]

        """, place, sandbox: sandbox)
    #expect(build.lines.contains("17 16 20 16"), "\(build.log)")
    #expect(build.lines.contains("file *** environment *** command *** field ***"), "\(build.log)")
    #expect(build.lines.count { $0.hasPrefix("***") } == 4)
    #expect(
      build.result.phases.first { $0.status == .failed }?.context.map(\.message) == [
        "Error while executing command: sh -c 'exit 9' ***. Reason: exit status 9"
      ])
    #expect(build.result.exportedVariables == ["FILE": "***", "SHOWN": "shown ***"])
    #expect(build.output.contains("file *** environment *** command *** field ***"))
    let texts = try ["log.txt", "events.jsonl", "result.json", "manifest.json", "provenance.json"].map(build.file)
    for value in Self.values {
      for text in texts + [build.output, build.errors] {
        #expect(!text.contains(value))
        #expect(!text.contains(Data(value.utf8).base64EncodedString()))
      }
    }
  }

  @Test func secretsThatTheBuildspecDoesNotNameStayAway() async throws {
    let place = try BuildPlace()
    let build = try await run(
      .building(
        "env", "read -r _ _ _ worker _ < /proc/$PPID/stat",
        "for process in $PPID $worker; do tr '\\0' '\\n' < /proc/$process/environ; done; echo looked"), place,
      sandbox: .off)
    #expect(build.result.status == .succeeded)
    #expect(build.lines.contains("looked"))
    for value in Self.values { #expect(!build.log.contains(value)) }
    #expect(!build.log.contains("SHOP_"))
  }

  @Test(arguments: [
    (
      "parameter-store: {A: /shop/fil}",
      "there is no secret '/shop/fil'; did you mean '/shop/file'? Add a section [secret \"/shop/fil\"] to agent.conf."
    ),
    (
      "secrets-manager: {A: elsewhere}",
      "there is no secret 'elsewhere'. Add a section [secret \"elsewhere\"] to agent.conf."
    ),
    ("secrets-manager: {A: broken}", "secret 'broken': the command of the secret failed with status 3"),
  ])
  func aMissingSecretFailsTheDownload(entry: String, message: String) async throws {
    let build = try await run(
      "version: 0.2\nenv:\n  \(entry)\nphases: {build: {commands: [echo never]}}\n", BuildPlace(), sandbox: .off)
    #expect(build.result.phases.map(\.name) == [.provisioning, .downloadSource, .finalizing])
    #expect(build.result.phases[1].context.map(\.statusCode) == ["Decrypted Variables Error"])
    #expect(build.result.phases[1].context.map(\.message) == [message])
    #expect(
      build.lines.contains("[Container] Phase context status code: Decrypted Variables Error Message: \(message)"))
    #expect(build.exitStatus == 2)
  }

  @Test func anArtifactIsNotNamedAfterASecret() async throws {
    let place = try BuildPlace()
    let build = try await run(
      Self.env + "phases: {build: {commands: [echo x > x]}}\nartifacts: {files: [x], name: app-$FILE}\n", place,
      sandbox: .off)
    #expect(build.result.status == .failed, "\(build.log)")
    let context = build.result.phases.first { $0.name == .uploadArtifacts }?.context.first?.message
    #expect(context?.contains("would hold the value of a secret") == true)
    #expect(build.result.artifacts.isEmpty)
    #expect(!(build.log + build.output + build.errors).contains(Self.values[0]))
  }
}
