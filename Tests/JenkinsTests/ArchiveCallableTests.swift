import Foundation
import JourneymanJavaStream
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Archives between the agent and a controller: large ones, broken ones, and builds that change what is archived.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct ArchiveCallableTests {
  private let agent: TestAgent
  private let workspace: String
  private var controller: ScriptedController { agent.controller }
  private var archives: ArchiveCalls { ArchiveCalls(controller: controller, workspace: workspace) }

  init() async throws {
    agent = try await TestAgent()
    workspace = agent.directory + "/workspace/job"
    try FileSystem.makeDirectories(workspace)
  }

  private func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count / 8).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { Array($0) } }
  }

  @Test func aLargeStashComesBackTheSame() async throws {
    let content = random(3_000_000)
    try FileSystem.writeAtomically(content, to: workspace + "/big", mode: 0o751)
    try await agent.serve {
      let (count, archive, answer) = try await archives.stash("**")
      #expect(count == 1)
      #expect(archive.count > 2_900_000)
      let requests = Set(answer.others.compactMap { $0["requestId"].integer })
      #expect(requests.count == 1)
      let other = workspace + "2/deep"
      #expect(try await archives.unstash(archive, into: other).value?.isNull == true)
      #expect(try FileSystem.read(other + "/big", limit: 4_000_000) == content)
      var status = stat()
      #expect(lstat(other + "/big", &status) == 0 && status.st_mode & 0o777 == 0o751)
    }
  }

  @Test func theStreamOfAnArchiveIsGivenBack() async throws {
    try await agent.serve {
      let stream = Int32.random(in: 1...1_000_000)
      let answer = try await controller.answer(to: try archives.askToStash("**", to: stream))
      #expect(answer.value?.integer == 0)
      guard case .command(let next) = try await controller.next() else { throw SystemError("hear", number: EPIPE) }
      #expect(next.className == "hudson.remoting.ProxyOutputStream$Unexport")
      #expect(next["oid"].integer == Int64(stream))
    }
  }

  @Test func otherRequestsAreServedMeanwhile() async throws {
    try FileSystem.writeAtomically(random(3_000_000), to: workspace + "/big")
    try await agent.serve {
      let slow = try archives.askToStash("**", to: 7)
      let quick = try controller.ask("hudson.slaves.SlaveComputer$SlaveVersion")
      let first = try await controller.answer(to: quick)
      #expect(first.value?.string != nil)
      #expect(try await controller.answer(to: slow).value?.integer == 1)
    }
  }

  @Test func aDirectoryThatDoesNotExistIsEmpty() async throws {
    try FileSystem.removeTree(workspace)
    try await agent.serve {
      let files = try await archives.listFiles("**")
      #expect(files == [:])
      #expect(try await archives.stash("**").count == 0)
    }
  }

  @Test func aFileThatIsGoneEndsThePipeWithAnError() async throws {
    try await agent.serve {
      let (answer, pipe) = try await archives.copy(["missing.txt"])
      #expect(answer.failure?.message.contains("missing.txt") == true)
      let end = answer.others.last { $0.className == "hudson.remoting.ProxyOutputStream$EOF" }
      #expect(end?["oid"].integer == pipe && end?["error"].isNull == false)
    }
  }

  @Test func aDamagedArchiveFailsTheRequestAlone() async throws {
    try await agent.serve {
      let damaged = try await archives.unstash(Array("no archive".utf8), into: workspace)
      #expect(damaged.failure != nil)
      #expect(try await archives.unstash([], into: workspace).failure != nil)
      #expect(try await archives.listFiles("**") == [:])
    }
  }

  @Test func aRequestOutsideOfTheNodeIsRefused() async throws {
    try await agent.serve {
      let answer = try await controller.answer(to: try archives.askToStash("**", to: 5, "/etc"))
      #expect(answer.failure?.message.contains("outside of the node's directory") == true)
      #expect(try await archives.unstash([], into: "/etc/journeyman-x").failure?.message.contains("outside") == true)
    }
  }

  @Test func anAgentWithoutItsWorkerSaysSo() async throws {
    let task = Task {
      try await JenkinsController(
        try agent.settings(), backoff: Backoff(first: .milliseconds(1)), worker: "/nowhere/journeyman"
      ).serve(TestHost())
    }
    _ = try await controller.agent()
    let answer = try await archives.stash("**").2
    #expect(answer.failure?.message.contains("install both programs") == true)
    task.cancel()
    _ = await task.result
  }

  /// A build swaps a directory for a link to somewhere else while it is stashed, copied, unstashed and removed.
  @Test func swappedDirectoriesLeadNoArchiveOut() async throws {
    let prize = PathName.directory(of: agent.directory) + "/prize"
    try FileSystem.makeDirectories(prize + "/keep")
    try FileSystem.writeAtomically(Array("secret".utf8), to: prize + "/keep/file")
    try FileSystem.makeDirectories(workspace + "/keep")
    try FileSystem.writeAtomically(Array("public".utf8), to: workspace + "/keep/file")
    let made = try await TestProgram.run(
      "/bin/sh", ["-c", "mkdir keep; for i in 1 2 3; do echo $i > keep/new-$i; done; tar czf ../a.tar.gz keep"],
      directory: try scratch())
    #expect(made.status == 0, "\(made.errors)")
    let archive = try FileSystem.read(PathName.directory(of: agent.directory) + "/a.tar.gz", limit: 100_000)
    let isOver = Mutex(false)
    let place = workspace
    let attacker = Thread { @Sendable in
      while !isOver.withLock({ $0 }) {
        rename(place + "/keep", place + "/aside")
        symlink(prize + "/keep", place + "/keep")
        unlink(place + "/keep")
        // What is unpacked meanwhile may have taken the place.
        if rename(place + "/aside", place + "/keep") != 0 { try? FileSystem.removeTree(place + "/aside") }
      }
    }
    attacker.start()
    defer { isOver.withLock { $0 = true } }
    try await agent.serve {
      for _ in 0..<15 {
        let found = try await archives.stash("**")
        if found.count != nil { #expect(try await !contents(found.archive).contains("secret")) }
        _ = try await archives.copy(["keep/file"])
        _ = try await archives.unstash(archive, into: place)
        _ = try await archives.listFiles("keep/**")
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: prize + "/keep") == ["file"])
    #expect(try FileSystem.read(prize + "/keep/file", limit: 100) == Array("secret".utf8))
  }

  private func scratch() throws -> String {
    let path = PathName.directory(of: agent.directory) + "/scratch"
    try FileSystem.makeDirectories(path)
    return path
  }

  private func contents(_ archive: [UInt8]) async throws -> String {
    let file = try scratch() + "/stash.tar.gz"
    try FileSystem.writeAtomically(archive, to: file)
    return try await TestProgram.run("/bin/tar", ["xzOf", file]).output
  }
}
