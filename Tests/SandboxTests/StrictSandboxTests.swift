import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns, .timeLimit(.minutes(30)))
struct StrictSandboxTests {
  @Test(arguments: SandboxPolicy.System.allCases, [true, false])
  func `runs commands`(system: SandboxPolicy.System, network: Bool) async throws {
    let sandbox = try await Sandbox.start(SandboxPolicy(system: system, network: network))
    #expect(try await sandbox.run(.shell("exit 0")).status == .exited(0))
    #expect(try await sandbox.run(.shell("exit 3")).status == .exited(3))
    #expect(try await sandbox.run(.shell("kill -9 $$")).status == .signaled(9))
    let facts = try await sandbox.output {
      .shell("id -u; hostname; pwd; [ $(ls -d /proc/[0-9]* | wc -l) -lt 6 ] && echo alone", output: $0)
    }
    #expect(facts == "0\nbuild\n/\nalone\n")
    await sandbox.end()
  }

  @Test func `what a build changes in the system is gone with it`() async throws {
    let name = "journeyman-test-\(UInt32.random(in: 0 ... .max))"
    let sandbox = try await Sandbox.start(SandboxPolicy())
    if geteuid() == 0 {
      let write = try await sandbox.output {
        .shell("for d in /usr/bin /etc /var/lib /opt; do echo x > $d/\(name) && cat $d/\(name); done", output: $0)
      }
      #expect(write == "x\nx\nx\nx\n")
    }
    #expect(try await sandbox.run(.shell("echo y > /tmp/\(name) && echo y > /root/\(name)")).status == .exited(0))
    await sandbox.end()
    for directory in ["/usr/bin", "/etc", "/var/lib", "/opt", "/tmp", "/root"] {
      #expect(access("\(directory)/\(name)", F_OK) == -1)
    }
  }

  @Test func `an overlaid workspace leaves the directory as it was, and can be read while the build runs`() async throws
  {
    let directory = try TestDirectory()
    try directory.write("kept", "before")
    try directory.write("removed", "still there")
    let sandbox = try await Sandbox.start(
      SandboxPolicy(workspaces: [.init(source: directory.path, path: "/build/here", view: .overlay)]))
    var command = Command.shell("cat kept && echo after > kept && rm removed && mkdir new && echo made > new/file")
    command.directory = "/build/here"
    #expect(try await sandbox.run(command).status == .exited(0))
    let inside = try await sandbox.openDirectory("/build/here")
    let made = try FileSystem.openBeneath(inside.number, "new/file", flags: O_RDONLY)
    #expect(try FileSystem.readAll(made.number, limit: 100, name: "file") == Array("made\n".utf8))
    await sandbox.end()
    #expect(directory.read("kept") == "before")
    #expect(directory.read("removed") == "still there")
    #expect(directory.read("new/file") == nil)
  }

  @Test func `an agent's directory keeps what a build wrote, without a file of root's`() async throws {
    let directory = try TestDirectory()
    try directory.write("from-agent", "a")
    for round in 1...2 {
      let sandbox = try await Sandbox.start(
        SandboxPolicy(workspaces: [.init(source: directory.path, path: "/w", view: .agentDirectory)]))
      var command = Command.shell("cat from-agent && echo \(round) >> log && echo b >> from-agent")
      command.directory = "/w"
      #expect(try await sandbox.run(command).status == .exited(0))
      await sandbox.end()
    }
    #expect(directory.read("log") == "1\n2\n")
    #expect(directory.owner("log") == directory.owner("from-agent"))
    if geteuid() == 0 { #expect(directory.owner("log") ?? 0 >= 0x7000_0000) }
  }

  @Test func `a user's directory keeps its owner, and gets no files of others`() async throws {
    let directory = try TestDirectory()
    try directory.write("file", "")
    let owner = geteuid() == 0 ? 12345 : geteuid()
    for name in ["", "/file"] { chown(directory.path + name, owner, owner) }
    let sandbox = try await Sandbox.start(
      SandboxPolicy(workspaces: [.init(source: directory.path, view: .userDirectory)]))
    var command = Command.shell("echo x > new && echo y > file")
    command.directory = try #require(sandbox.workspacePaths.first)
    #expect(try await sandbox.run(command).status == .exited(0))
    command.arguments = ["-c", "chown 1 new"]
    #expect(try await sandbox.run(command).status != .exited(0))
    await sandbox.end()
    #expect(directory.owner("new") == owner)
    #expect(directory.owner("file") == owner)
  }

  @Test func `read-only mounts are read-only`() async throws {
    let directory = try TestDirectory()
    try directory.write("file", "content")
    let sandbox = try await Sandbox.start(
      SandboxPolicy(mounts: [.init(source: directory.path, path: "/mirror", access: .readOnly)]))
    let output = try await sandbox.output {
      .shell("cat /mirror/file; echo x > /mirror/new || echo refused", output: $0)
    }
    #expect(output.hasPrefix("content"))
    #expect(output.hasSuffix("refused\n"))
    await sandbox.end()
  }

  @Test func `the end takes daemons with sessions of their own along`() async throws {
    let sandbox = try await Sandbox.start(SandboxPolicy())
    let marker = "86\(UInt16.random(in: 1000 ... .max))"
    _ = try await sandbox.run(.shell("setsid sh -c 'sleep \(marker) & sleep \(marker)' >/dev/null 2>&1 &"))
    await sandbox.end()
    // By the name of the program: the shell that asks, and what it forks, have the marker in their arguments too.
    #expect(try await ProcessRunner().run(.shell("pgrep -a -x sleep | grep -q \(marker)")).status == .exited(1))
  }

  @Test func `says what could not be started`() async throws {
    let sandbox = try await Sandbox.start(SandboxPolicy())
    let missing = await #expect(throws: SandboxError.self) { try await sandbox.run(Command(executable: "/no/such")) }
    #expect(missing?.code == .cannotExecute)
    let place = await #expect(throws: SandboxError.self) {
      try await sandbox.run(Command(executable: "/bin/true", directory: "/no/such"))
    }
    #expect(place?.code == .system)
    let user = await #expect(throws: SandboxError.self) {
      try await sandbox.run(Command(executable: "/bin/true", user: "no-such-user"))
    }
    #expect(user?.code == .cannotBecomeUser)
    await sandbox.end()
    let ended = await #expect(throws: SandboxError.self) { try await sandbox.run(.shell("true")) }
    #expect(ended?.code == .ended)
  }
}
