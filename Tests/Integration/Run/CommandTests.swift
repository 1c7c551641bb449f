import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

/// One command (BUILDSPEC.md §4) and what it leaves to the next (§5).
@Suite(.takingTurns) struct CommandTests {
  static let cases = [
    BuildCase(
      title: "the log has the command, its output and an empty line", buildspec: .building("echo out; echo err >&2"),
      says: ["[Container] Running command echo out; echo err >&2", "out", "err", ""]),
    BuildCase(
      title: "output without a newline does not run into the next line",
      buildspec: .building("printf abc", "echo next"),
      says: ["abc", "", "[Container] Running command echo next", "next"]),
    BuildCase(
      title: "only the last status of several lines counts", buildspec: .building("false\necho went on"),
      says: ["[Container] Running command false", "echo went on", "went on"]),
    BuildCase(
      title: "set -e ends a command at its first failure",
      buildspec: .building("set -e\necho before\nfalse\necho never"), status: .failed, failing: [.build],
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: set -e\necho before\nfalse\necho never. "
        + "Reason: exit status 1",
      says: ["before"]),
    BuildCase(
      title: "exit 7 fails with 7", buildspec: .building("exit 7", "echo never"), status: .failed, failing: [.build],
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: exit 7. Reason: exit status 7",
      says: ["[Container] Command did not exit successfully exit 7 exit status 7"], neverSays: ["never"]),
    BuildCase(
      title: "exit 0 succeeds and loses the state of its command alone",
      buildspec: .building("kept=1; mkdir sub", "lost=1; cd sub; exit 0", "echo \"$kept|${lost-}|${PWD##*/}\""),
      says: ["1||workspace-0"]),
    BuildCase(
      title: "a command that is not found", buildspec: .building("no-such-command --at all"), status: .failed,
      failing: [.build],
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: no-such-command --at all. "
        + "Reason: exit status 127"),
    BuildCase(
      title: "a command that a signal ends", buildspec: .building("kill -9 $$"), status: .failed, failing: [.build],
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: kill -9 $$. Reason: exit status 137"),
    BuildCase(
      title: "a syntax error fails its command", buildspec: .building("if then"), status: .failed, failing: [.build],
      context: "COMMAND_EXECUTION_ERROR: Error while executing command: if then. Reason: exit status 2"),
    BuildCase(
      title: "standard input is empty", buildspec: .building("read -r line || echo at its end"),
      says: ["at its end"]),
    BuildCase(
      title: "continued lines are one command", buildspec: .building("echo one \\\n  two \\\n  three"),
      says: ["one two three"]),
    BuildCase(
      title: "here-documents", buildspec: .building("name=x\ncat <<END\n  $name\nEND\ncat <<'END'\n$name\nEND"),
      says: ["  x", "$name"]),
    BuildCase(
      title: "variables and directory last across phases",
      buildspec: """
        version: 0.2
        phases:
          install:
            commands:
              - mkdir -p a/b && cd a
              - plain=1
              - export exported="two words"
          pre_build: {commands: [cd b]}
          build: {commands: ['echo "$plain|$exported|${PWD##*/a/}"', 'sh -c "echo $plain"']}
          post_build: {commands: ['cd "$CODEBUILD_SRC_DIR" && ls -d a']}
        """,
      says: ["1|two words|b", "1", "a"]),
    BuildCase(
      title: "values with newlines and quotes last",
      buildspec: .building("odd=\"it's\n \\\"\\$so\\\" \\\\\"", "echo \"$odd\" end"), says: ["it's", " \"$so\" \\ end"]),
    BuildCase(
      title: "unset lasts, for variables of the buildspec too",
      buildspec: "version: 0.2\nenv: {variables: {GONE: x}}\n"
        + "phases: {build: {commands: [unset GONE, 'echo ${GONE-unset}']}}\n",
      says: ["unset"]),
    BuildCase(
      title: "functions, options, traps, aliases and the file mask do not last",
      buildspec: .building(
        "f() { echo called; }\nset -eu\ntrap 'echo trapped' EXIT\nalias g=echo\numask 077",
        "f 2> /dev/null || echo no function\nfalse\necho no option${UNSET}\n[ $(umask) != 0077 ] && echo no mask"),
      says: ["trapped", "no function", "no option", "no mask"]),
    BuildCase(
      title: "a subshell and a child change nothing",
      buildspec: .building("a=1", "(a=2; cd /)\nsh -c 'a=3; cd /'", "echo $a ${PWD##*/}"), says: ["1 workspace-0"]),
    BuildCase(
      title: "a background job is no child of the next command, its pid file serves",
      buildspec: .building(
        "sleep 300 &\necho $! > pid", "kill -0 $(cat pid) && echo alive", "wait $(cat pid) 2> /dev/null; echo wait $?",
        "kill $(cat pid)"),
      says: ["alive", "wait 127"]),
    BuildCase(
      title: "the status of the command before",
      buildspec: .building("(exit 9)\ntrue", "echo last $CODEBUILD_LAST_EXIT"),
      says: ["last 0"]),
    BuildCase(
      title: "a directory that is gone fails the next command",
      buildspec: .building("mkdir gone; cd gone; rmdir ../gone", "echo never"), status: .failed, failing: [.build],
      neverSays: ["never"]),
    BuildCase(
      title: "0.1 gives every command a shell of its own",
      buildspec: """
        version: 0.1
        environment_variables:
          plaintext:
            GIVEN: yes
        phases:
          build:
            commands:
              - a=1; export b=2; mkdir sub; cd sub
              - echo "${a-}|${b-}|$GIVEN|${PWD##*/}"
        """,
      says: ["||yes|workspace-0"]),
  ]

  @Test(arguments: cases)
  func rule(example: BuildCase) async throws { try await example.check() }

  @Test(arguments: [("", "/bin/sh"), ("sh", "/bin/sh"), ("/bin/sh", "/bin/sh"), ("bash", "/bin/bash")])
  func theShellIsTheOneAskedFor(asked: String, shell: String) async throws {
    let env = asked.isEmpty ? "" : "env: {shell: \(asked)}\n"
    try await BuildCase(
      title: "", buildspec: .building("tr '\\0' '\\n' < /proc/$$/cmdline").replacing("phases", with: env + "phases"),
      says: [shell]
    ).check()
  }

  @Test func bashHasWhatBashHas() async throws {
    try await BuildCase(
      title: "",
      buildspec: .building(
        "set -o pipefail\nfalse | true || echo pipefail",
        "items=(a b c)\n[[ ${items[1]} == b ]] && echo \"${#items[@]}\"",
        "echo \"${PIPESTATUS[0]}\" && nope; true"
      ).replacing("phases", with: "env: {shell: bash}\nphases"),
      says: ["pipefail", "3", "0"]
    ).check()
  }

  /// As in the genuine logs: the command's text begins at line 4 of its script.
  @Test(arguments: [
    ("/bin/sh", "/script.sh: 4: nope: not found"), ("bash", "/script.sh: line 4: nope: command not found"),
  ])
  func messagesOfShellsNameLineFour(shell: String, message: String) async throws {
    let build = try await BuildCase(
      title: "", buildspec: .building("nope").replacing("phases", with: "env: {shell: \(shell)}\nphases"),
      status: .failed, failing: [.build]
    ).check()
    #expect(build.lines.contains { $0.hasSuffix(message) }, "\(build.log)")
  }

  /// The daemon has the build's output open for ten minutes; the program's own guard is five.
  @Test(arguments: [SandboxSettings.Mode.off, .basic, .strict])
  func aDaemonThatHoldsTheOutputDoesNotHoldTheBuild(sandbox: SandboxSettings.Mode) async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: .building(
        "nohup sh -c 'echo daemon started; exec sleep 600' & disown 2> /dev/null || true",
        "setsid sleep 600 &", "until grep -q . ready 2> /dev/null; do echo up > ready; done; cat ready"),
      says: ["up"]
    ).check(sandbox)
    #expect(build.exitStatus == 0)
  }

  @Test func aWarningTellsWhichRuntimesAreInstalled() async throws {
    let build = try await BuildCase(
      title: "",
      buildspec: """
        version: 0.2
        phases:
          install:
            runtime-versions:
              python: 3.10
              cobol: latest
        """,
      says: []
    ).check()
    #expect(
      build.lines.contains {
        $0.hasPrefix("[Container] runtime-versions: python 3.10 is not selected by this agent; ")
      }, "\(build.log)")
    #expect(
      build.lines.contains(
        "[Container] runtime-versions: cobol latest is not selected by this agent; it does not know that runtime"))
  }
}
