import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanBuild

/// Runs command texts through real shells, one after another, as a phase does.
@Suite(.takingTurns) struct CommandScriptTests {
  /// A build's state directory with a shell, removed at the end of the test.
  final class Shell {
    let directory = NSTemporaryDirectory() + "scripts-\(UInt64.random(in: .min ... .max))"
    let executor: CommandExecutor
    let runner = ProcessRunner()

    init(_ shell: String = "/bin/sh", carriesState: Bool = true, variables: [String: String] = [:]) throws {
      try FileSystem.makeDirectories(directory + "/src/sub")
      let output = try FileSystem.open(directory + "/output", flags: O_WRONLY | O_CREAT | O_APPEND)
      executor = CommandExecutor(
        runner: runner, state: ShellState(hostDirectory: directory, directory: directory), shell: shell,
        carriesState: carriesState, sourceDirectory: directory + "/src", output: output.release(),
        teardown: [.kill], timeout: .seconds(30))
      try executor.state.begin(
        variables: variables.merging(["PATH": "/usr/bin:/bin"]) { $1 }, workingDirectory: directory + "/src")
    }

    deinit {
      close(executor.output)
      try? FileSystem.removeTree(directory)
    }

    @discardableResult
    func run(_ text: String) async throws -> Int32 { try await executor.run(text, user: nil).status.shellStatus }

    var output: String {
      (try? FileSystem.read(directory + "/output", limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
  }

  static let shells = ["/bin/sh", "/bin/bash"]

  @Test(arguments: shells)
  func variablesAndDirectoryAreCarriedOver(path: String) async throws {
    let shell = try Shell(path, variables: ["QUOTED": "it's \"so\"\nand $HOME"])
    try await shell.run("plain=1\nexport EXPORTED='two words'\ncd sub")
    try await shell.run("echo \"$plain|$EXPORTED|$QUOTED|${PWD##*/}\"")
    #expect(shell.output == "1|two words|it's \"so\"\nand $HOME|sub\n")
  }

  @Test(arguments: shells)
  func unsetVariablesStayUnset(path: String) async throws {
    let shell = try Shell(path, variables: ["GONE": "x"])
    try await shell.run("unset GONE")
    try await shell.run("echo \"${GONE-unset}\"")
    #expect(shell.output == "unset\n")
  }

  @Test(arguments: shells)
  func functionsOptionsAndTrapsAreNotCarriedOver(path: String) async throws {
    let shell = try Shell(path)
    try await shell.run("f() { echo called; }\nset -e\ntrap 'echo trapped' EXIT\nalias g=echo\numask 077")
    try await shell.run("f 2>/dev/null || echo none\nfalse\nif [ \"$(umask)\" = 0077 ]; then echo kept; fi; echo on")
    #expect(shell.output == "trapped\nnone\non\n")
  }

  @Test(arguments: shells)
  func exitLosesTheStateOfItsCommandOnly(path: String) async throws {
    let shell = try Shell(path)
    try await shell.run("kept=1")
    #expect(try await shell.run("lost=1; cd sub; exit 7") == 7)
    try await shell.run("echo \"$kept|${lost-}|${PWD##*/}|$CODEBUILD_LAST_EXIT\"")
    #expect(shell.output == "1||src|0\n")
  }

  @Test func statusOfTheLastLineCounts() async throws {
    let shell = try Shell()
    #expect(try await shell.run("false\ntrue") == 0)
    #expect(try await shell.run("true\nfalse") == 1)
    #expect(try await shell.run("set -e\nfalse\ntrue") == 1)
    try await shell.run("(exit 9)")
    try await shell.run("echo $CODEBUILD_LAST_EXIT")
    #expect(shell.output.hasSuffix("9\n"))
  }

  /// The genuine logs name line 4 (BUILDSPEC.md §5).
  @Test(arguments: [
    ("/bin/sh", "script.sh: 4: nope: not found"), ("/bin/bash", "script.sh: line 4: nope: command not found"),
  ])
  func messagesNameLineFour(path: String, message: String) async throws {
    let shell = try Shell(path)
    #expect(try await shell.run("nope") == 127)
    #expect(shell.output.contains(message))
  }

  @Test(arguments: ["echo a \\", "# only a comment", "cat <<X\nin\nX", "echo 'two\nlines'", "sleep 0 &"])
  func oddEndingsDoNotReachIntoTheEpilogue(text: String) async throws {
    let shell = try Shell()
    #expect(try await shell.run("v=1") == 0)
    #expect(try await shell.run(text) == 0)
    try await shell.run("echo \"v=$v\"")
    #expect(shell.output.hasSuffix("v=1\n"))
    #expect(!shell.output.contains("CODEBUILD_LAST_EXIT"))
  }

  @Test func version01CarriesNothingOver() async throws {
    let shell = try Shell(carriesState: false)
    try await shell.run("a=1; export b=2; cd sub")
    try await shell.run("echo \"${a-}|${b-}|${PWD##*/}\"")
    #expect(shell.output == "||src\n")
  }

  @Test func aDirectoryThatIsGoneFailsTheNextCommand() async throws {
    let shell = try Shell()
    try await shell.run("mkdir gone; cd gone; rmdir ../gone")
    #expect(try await shell.run("echo reached") != 0)
    #expect(!shell.output.contains("reached"))
  }

  @Test func textsAreExpandedByTheShellAndQuotesAreKept() async throws {
    let shell = try Shell(variables: ["NAME": "a b"])
    #expect(try await shell.executor.expand("x-$NAME-$(echo \"1 2\")-\"q\"-*") == "x-a b-1 2-\"q\"-*")
  }

  @Test func exportedVariablesAreReadAsTheyAre() async throws {
    let shell = try Shell()
    try await shell.run("A='line 1\nline = 2'; B=")
    let values = try await shell.executor.variables(["A", "B", "MISSING"])
    #expect(values == ["A": "line 1\nline = 2", "B": ""])
  }

  /// The state directory belongs to the build: whatever it puts there, the worker follows no link and never waits.
  @Test(arguments: ["ln -sf /etc/passwd", "rm -f \"$1\"; mkfifo", "rm -f \"$1\"; mkdir"])
  func tamperedStateIsAnErrorNotALeak(replace: String) async throws {
    let shell = try Shell()
    for file in ["value", "cwd"] {
      #expect(try await shell.run("set -- '\(shell.directory)/\(file)'; \(replace) \"$1\"; exit $?") == 0)
    }
    let state = shell.executor.state
    #expect(throws: (any Error).self) { try state.takeValue(limit: 1 << 20) }
    #expect(throws: (any Error).self) { try state.workingDirectory() }
  }
}
