import Foundation
import JourneymanSandbox
import JourneymanSupport
import TestSupport
import Testing

/// `journeyman clone` killed with SIGKILL in each of its stages and at random moments.
@Suite(.takingTurns) struct KillTests {
  private static let isFull = StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1"

  /// The process writes one line when a stage begins, into a pipe that holds a single packet: it cannot begin the
  /// stage after the next one before this test has read. So a process that is killed when its line is read is in that
  /// stage, or at its very end; the journal of the lines proves which.
  private final class Run {
    let process: ChildProcess
    private let output: OwnedDescriptor
    private(set) var journal: [String] = []
    private var rest: [UInt8] = []

    init(_ bench: Workbench, url: String, workspace: String) async throws {
      var ends: [Int32] = [-1, -1]
      // O_DIRECT makes a pipe keep each write as a packet of its own; F_SETPIPE_SZ of one page leaves room for one.
      try #require(pipe(&ends) == 0)
      _ = fcntl(ends[1], F_SETFL, 0o40000)
      _ = fcntl(ends[1], 1031, 4096)
      output = OwnedDescriptor(taking: ends[0])
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      var environment = Git.environment
      environment["XDG_CACHE_HOME"] = bench.scratch("cache")
      process = try await ChildProcess.start(
        ChildProcess.Configuration(
          executable: try TestProgramPath.journeyman,
          arguments: ["clone", url, workspace, "--json"],
          environment: environment, standardOutput: ends[1]))
      close(ends[1])
    }

    /// Reads one packet; `nil` at the end.
    func nextStage() -> String? {
      while true {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = read(output.number, &chunk, chunk.count)
        if count <= 0 { return nil }
        let event = try? JSONSerialization.jsonObject(with: Data(chunk[..<count])) as? [String: Any]
        if let stage = event?["stage"] as? String, event?["type"] as? String == "checkoutStage" {
          journal.append(stage)
          return stage
        }
      }
    }

    func kill() async {
      process.signal(SIGKILL)
      _ = await process.wait()
    }
  }

  private func bench() async throws -> (Workbench, Server) {
    let bench = try await Workbench(
      Dictionary(
        uniqueKeysWithValues: (0..<200).map {
          ("d\($0 % 13)/f\($0)", String(repeating: "line \($0)\n", count: 300))
        }))
    return (bench, try await Server.web(bench.scratch.path))
  }

  /// Runs to the end and compares with the source; nothing of killed runs may be left.
  private func expectTheNextRunToSucceed(
    _ bench: Workbench, url: String, workspace: String, _ what: String
  )
    async throws
  {
    var environment = Git.environment
    environment["XDG_CACHE_HOME"] = bench.scratch("cache")
    let outcome = try await TestProgram.run(
      TestProgramPath.journeyman, ["clone", url, workspace], environment: environment)
    #expect(outcome.status == 0, "after \(what): \(outcome.errors)")
    let found = try Tree(workspace)
    let expected = try Tree(bench.source.directory)
    #expect(found == expected, "after \(what): \(found.differences(from: expected).prefix(3))")
    for name in try FileManager.default.subpathsOfDirectory(atPath: bench.scratch("cache")) {
      #expect(
        !name.hasSuffix(".partial") && !name.hasSuffix(".lock") && !name.contains("incoming.git")
          && !name.contains("/pack/pack_") && !name.contains("/pack/tmp"), "after \(what): \(name)")
    }
    #expect(
      try !FileManager.default.contentsOfDirectory(atPath: workspace + "/.git").contains {
        $0.contains("partial")
      })
  }

  @Test func killedInEachStage() async throws {
    let (bench, server) = try await bench()
    var killed: Set<String> = []
    for (number, stage) in [
      "lock", "inspect", "connect", "receive", "install", "prepare", "write", "record",
    ]
    .enumerated() {
      // With a mirror that is not there yet, and with one that lacks a commit.
      for isNew in [true, false] {
        if isNew {
          try FileSystem.removeTree(bench.scratch("cache"))
        } else {
          try bench.source.write("\(number)\n", to: "extra")
          try await bench.source.commit("\(number)")
        }
        // Nothing holds the process in its last stage, so a kill there may come too late; then once more.
        var attempt = 0
        var workspace: String
        var run: Run
        repeat {
          attempt += 1
          workspace = bench.scratch("stage-\(number)-\(isNew)-\(attempt)")
          run = try await Run(bench, url: server.url("source"), workspace: workspace)
          while let reached = run.nextStage(), reached != stage {}
          await run.kill()
        } while stage == "record" && attempt < 50
          && access(workspace + "/.git/journeyman-partial", F_OK) != 0
        #expect(run.journal.last == stage)
        if let last = run.journal.last { killed.insert(last) }
        try await expectTheNextRunToSucceed(
          bench, url: server.url("source"), workspace: workspace, "a kill in \(stage)")
      }
    }
    #expect(killed.count == 8, "\(killed)")
  }

  @Test func killedAtRandomMoments() async throws {
    let (bench, server) = try await bench()
    let seed = UInt64.random(in: 1 ... .max)
    print("kill test: seed \(seed)")
    var state = seed
    // Kills are spread over the time that a run takes here and now.
    let start = ContinuousClock.now
    try await expectTheNextRunToSucceed(bench, url: server.url("source"), workspace: bench.scratch("whole"), "nothing")
    let milliseconds = max(10, Int((ContinuousClock.now - start).seconds * 1000))
    for number in 0..<(Self.isFull ? 50 : 12) {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      let workspace = bench.scratch("random-\(number)")
      if state % 3 == 0 { try FileSystem.removeTree(bench.scratch("cache")) }
      let pause = Int(state % UInt64(milliseconds))
      let run = try await Run(bench, url: server.url("source"), workspace: workspace)
      let reader = Task.detached { [run = UncheckedRun(run)] in
        while run.value.nextStage() != nil {}
      }
      try await Task.sleep(for: .milliseconds(pause))
      await run.kill()
      await reader.value
      if try isComplete(workspace) {
        // The kill came too late. What has no mark of an incomplete checkout is whole.
        #expect(try Tree(workspace) == Tree(bench.source.directory), "killed after \(pause) ms, seed \(seed)")
        continue
      }
      try await expectTheNextRunToSucceed(
        bench, url: server.url("source"), workspace: workspace,
        "a kill after \(pause) ms, seed \(seed)")
      try FileSystem.removeTree(workspace)
    }
  }

  private func isComplete(_ workspace: String) throws -> Bool {
    let git = workspace + "/.git"
    if access(git + "/journeyman-partial", F_OK) == 0 || access(git, F_OK) != 0 { return false }
    return try !FileManager.default.contentsOfDirectory(atPath: git).isEmpty
  }

  /// Sendable holds because the reader is the only one that reads while it runs.
  private struct UncheckedRun: @unchecked Sendable {
    let value: Run
    init(_ value: Run) { self.value = value }
  }
}
