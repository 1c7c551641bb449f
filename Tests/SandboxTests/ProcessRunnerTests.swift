import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct ProcessRunnerTests {
  @Test func `reports exit statuses and signals`() async throws {
    let runner = ProcessRunner()
    #expect(try await runner.run(.shell("exit 0")).status == .exited(0))
    #expect(try await runner.run(.shell("exit 41")).status == .exited(41))
    let killed = try await runner.run(.shell("kill -SEGV $$"))
    #expect(killed.status == .signaled(SIGSEGV))
    #expect(killed.status.shellStatus == 139)
    #expect(killed.ending == .natural)
    await runner.end()
  }

  @Test func `passes arguments, environment, directory and nothing else`() async throws {
    let script =
      #"pwd; printf '%s\n' "$1" "$X"; env | grep -v -e ^PWD -e ^_= -e ^SHLVL | wc -l; ls /proc/self/fd | wc -l"#
    let output = try await ProcessRunner().output { output in
      Command(
        executable: "/bin/sh", arguments: ["-c", script, "sh", "a b"],
        environment: ["X": "1 2", "PATH": "/usr/bin:/bin"],
        directory: "/usr", standardOutput: output)
    }
    // Four descriptors: the standard three and the one `ls` reads the directory with.
    #expect(output == "/usr\na b\n1 2\n2\n4\n")
  }

  @Test func `each command leads a session of its own`() async throws {
    let output = try await ProcessRunner().output { .shell("cut -d' ' -f1,5,6 /proc/$$/stat", output: $0) }
    let numbers = output.split(whereSeparator: \.isWhitespace)
    #expect(numbers.count == 3)
    #expect(Set(numbers).count == 1)
  }

  @Test func `signals the caller ignores or blocks are normal again`() async throws {
    signal(SIGPIPE, SIG_IGN)
    let output = try await ProcessRunner().output { .shell("grep -E '^Sig(Blk|Ign)' /proc/self/status", output: $0) }
    #expect(output.filter { !$0.isWhitespace } == "SigBlk:0000000000000000SigIgn:0000000000000000")
  }

  @Test(arguments: [
    ("/nonexistent/program", "/", SandboxError.Code.cannotExecute, "/nonexistent/program"),
    ("/etc/passwd", "/", .cannotExecute, "Permission denied"),
    ("/bin/true", "/nonexistent/directory", .system, "/nonexistent/directory"),
    ("/bin/true\0x", "/", .cannotExecute, "NUL"),
  ])
  func `says what could not be started`(
    executable: String, directory: String, code: SandboxError.Code, text: String
  ) async {
    let error = await #expect(throws: SandboxError.self) {
      try await ProcessRunner().run(Command(executable: executable, directory: directory))
    }
    #expect(error?.code == code)
    #expect(error?.message.contains(text) == true)
  }

  @Test func `a timeout terminates, then kills`() async throws {
    let runner = ProcessRunner()
    var polite = Command.shell("trap 'exit 7' TERM; while :; do sleep 0.02; done")
    polite.timeout = .seconds(1)
    let first = try await runner.run(polite)
    #expect(first.ending == .timedOut)
    #expect(first.status == .exited(7))

    var stubborn = Command.shell("trap '' TERM; while :; do sleep 0.02; done")
    stubborn.timeout = .milliseconds(100)
    stubborn.teardown = [.terminate(after: .milliseconds(100)), .kill]
    let second = try await runner.run(stubborn)
    #expect(second.ending == .timedOut)
    #expect(second.status == .signaled(SIGKILL))
    await runner.end()
  }

  @Test func `cancelling returns how the command ended`() async throws {
    let runner = ProcessRunner()
    let pipe = try TestPipe()
    let ready = pipe.writeEnd.number
    let task = Task {
      try await runner.run(.shell("trap 'exit 9' TERM; echo ready; while :; do sleep 0.02; done", output: ready))
    }
    #expect(pipe.waitForContents() == "ready\n")
    task.cancel()
    let result = try await task.value
    #expect(result.ending == .cancelled)
    #expect(result.status == .exited(9))
    await runner.end()
  }

  @Test func `a background process that holds the output does not delay the result, and end kills it`() async throws {
    let runner = ProcessRunner()
    let pipe = try TestPipe()
    let result = try await runner.run(.shell("sleep 1000 & echo $!", output: pipe.writeEnd.number))
    #expect(result.status == .exited(0))
    let sleeper = try #require(Int32(pipe.contents().dropLast()))
    #expect(kill(sleeper, 0) == 0)
    await runner.end()
    #expect(kill(sleeper, 0) == -1)
  }

  @Test func `end stops running commands and refuses new ones`() async throws {
    let runner = ProcessRunner()
    let task = Task { try await runner.run(.shell("sleep 1000")) }
    try await Task.sleep(for: .milliseconds(200))
    await runner.end()
    await runner.end()
    #expect(try await task.value.status == .signaled(SIGKILL))
    let error = await #expect(throws: SandboxError.self) { try await runner.run(.shell("true")) }
    #expect(error?.code == .ended)
  }

  @Test func `many commands side by side`() async throws {
    let runner = ProcessRunner()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<100 {
        group.addTask { try await runner.run(.shell("exit \(index)")).status == .exited(Int32(index)) }
      }
      for try await isRight in group { #expect(isRight) }
    }
    await runner.end()
  }

  @Test func `counts processor time`() async throws {
    let result = try await ProcessRunner().run(.shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"))
    #expect(result.resources.cpu > .milliseconds(5))
    #expect(result.resources.wall >= result.resources.cpu / 4)
  }

  @Test func `runs as another user when root, and says why not otherwise`() async throws {
    let unknown = await #expect(throws: SandboxError.self) {
      try await ProcessRunner().run(Command(executable: "/bin/true", user: "nobody-of-this-name"))
    }
    #expect(unknown?.code == .cannotBecomeUser)
    if geteuid() == 0 {
      let output = try await ProcessRunner().output { output in
        Command(
          executable: "/bin/sh", arguments: ["-c", "id -u; id -G"], environment: ["PATH": "/usr/bin:/bin"],
          user: "nobody", standardOutput: output)
      }
      #expect(output == "65534\n65534\n")
    } else {
      let refused = await #expect(throws: SandboxError.self) {
        try await ProcessRunner().run(Command(executable: "/bin/true", user: "root"))
      }
      #expect(refused?.code == .cannotBecomeUser)
    }
  }
}
