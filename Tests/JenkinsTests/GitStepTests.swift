import Foundation
import JourneymanJavaStream
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Steps of the git plugin that no recording has, and what can go wrong in them.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GitStepTests {
  private let agent: TestAgent
  private let host: TestHost
  private let workspace: String
  private let repositories: String

  init() async throws {
    agent = try await TestAgent()
    let base = PathName.directory(of: agent.directory)
    repositories = base + "/git"
    workspace = agent.directory + "/workspace/job"
    try FileSystem.makeDirectories(workspace)
    var settings = Settings()
    settings.agent.workdir = base + "/state"
    settings.agent.graceSeconds = 2
    host = TestHost(settings)
  }

  private var scratch: [String] {
    get throws {
      let path = PathName.directory(of: agent.directory) + "/state/.jenkins/ci/git"
      return (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }
  }

  private func url(_ git: GitPeer, login: String = "") -> String { "http://\(login)127.0.0.1:\(git.port)/app.git" }

  /// A clone with a login.
  private func clone(_ git: GitPeer) async throws -> GitCalls {
    let calls = try await GitCalls(agent.controller, workspace)
    try await calls.addPassword(url(git), GitPeer.user, GitPeer.password)
    let answer = try await calls.run(
      "CloneCommand", [("url", [.string(url(git))]), ("shallow", [.booleanObject(true)])])
    #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
    #expect(calls.text(answer).contains("this agent fetches the whole one"))
    return calls
  }

  private func id(_ name: String, in directory: String) async throws -> String {
    try await GitPeer.git("rev-parse '\(name)^{commit}'", in: directory)
  }

  @Test func namesTagsBranchesAndTips() async throws {
    let git = try await GitPeer(repositories)
    try await agent.serve(host) {
      let calls = try await clone(git)
      let main = try await id("main", in: repositories + "/app.git")
      let first = try await id("v1", in: repositories + "/app.git")
      #expect(
        GitObjects.id(try await calls.call("revParse", [.string("refs/remotes/origin/main")]).value ?? .null) == main)
      #expect(GitObjects.id(try await calls.call("revParse", [.string("v1")]).value ?? .null) == first)
      let missing = try await calls.call("revParse", [.string("origin/nowhere")])
      #expect(missing.raw?.className == "hudson.plugins.git.GitException")
      #expect(missing.raw?.message.hasPrefix("Command \"git rev-parse origin/nowhere^{commit}\" returned") == true)

      let tags = try await calls.call("getTags").value?.list ?? []
      #expect(tags.map { $0.object?["name"].string } == ["v1"])
      let branches = try await calls.call("getRemoteBranches").value?.list ?? []
      #expect(branches.map { $0.object?["name"].string } == ["origin/main"])
      #expect(GitObjects.id(branches.first?.object?["sha1"] ?? .null) == main)
      #expect(try await calls.call("isCommitInRepo", [GitObjects.output(first)]).value?.boolean == true)
      let unknown = String(repeating: "ab", count: 20)
      #expect(try await calls.call("isCommitInRepo", [GitObjects.output(unknown)]).value?.boolean == false)
      #expect(try await calls.call("getWorkTree").value?.object?["remote"].string == workspace)

      let chosen = try await calls.call("withRepository", [GitCalls.buildChooser([main, first])]).value?.list ?? []
      #expect(chosen.map { GitObjects.id($0.object?["sha1"] ?? .null) } == [main])
    }
  }

  @Test func cleaningAndMerging() async throws {
    let git = try await GitPeer(repositories)
    _ = try await GitPeer.shell(
      """
      git checkout -q -b side v1; echo side > side.txt; git add .; git commit -qm side; git push -q ../app.git side
      git checkout -q -b clash v1; echo other > .gitmodules; git add .; git commit -qm clash; git push -q ../app.git clash
      """, in: repositories + "/app")
    try await agent.serve(host) {
      let calls = try await clone(git)
      let main = try await id("main", in: repositories + "/app.git")
      let checkout = try await calls.run(
        "CheckoutCommand", [("ref", [.string(main)]), ("branch", [.string("work")])])
      #expect(checkout.failure == nil)
      _ = try await GitPeer.shell(
        "echo app.o > .git/info/exclude; echo x > app.o; mkdir -p new; echo y > new/file; echo z > app.txt",
        in: workspace)
      #expect(try await calls.call("clean", [.booleanObject(true)]).failure == nil)
      #expect(try FileSystem.read(workspace + "/app.txt", limit: 10) == Array("one\n".utf8))
      #expect(access(workspace + "/app.o", F_OK) != 0 && access(workspace + "/new", F_OK) != 0)

      _ = try await calls.call("setCommitter", [.string("Merger"), .string("merger@example.org")])
      let side = try await id("side", in: repositories + "/app.git")
      let merge = try await calls.run("MergeCommand", [("setRevisionToMerge", [GitObjects.output(side)])])
      #expect(merge.failure == nil, "\(merge.failure?.message ?? "")")
      #expect(try await GitPeer.git("log -1 --format='%P %cn'", in: workspace) == "\(main) \(side) Merger")
      #expect(try await GitPeer.git("symbolic-ref HEAD", in: workspace) == "refs/heads/work")
      #expect(try FileSystem.read(workspace + "/side.txt", limit: 10) == Array("side\n".utf8))

      let before = try await id("HEAD", in: workspace)
      let clash = try await id("clash", in: repositories + "/app.git")
      let failed = try await calls.run("MergeCommand", [("setRevisionToMerge", [GitObjects.output(clash)])])
      #expect(failed.raw?.className == "hudson.plugins.git.GitException")
      #expect(try await id("HEAD", in: workspace) == before)
      #expect(try await GitPeer.git("diff HEAD --name-only --ignore-submodules", in: workspace) == "")
    }
  }

  @Test func aPasswordInTheURLWorksAndIsNowhereToBeSeen() async throws {
    let git = try await GitPeer(repositories)
    try await agent.serve(host) {
      let calls = try await GitCalls(agent.controller, workspace, secret: "app.git")
      let login = "\(GitPeer.user):\(GitPeer.password)@"
      let answer = try await calls.run("CloneCommand", [("url", [.string(url(git, login: login))])])
      #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
      let text = calls.text(answer)
      #expect(text.contains("Cloning repository http://\(GitPeer.user):****@127.0.0.1"))
      #expect(!text.contains(GitPeer.password) && !text.contains("app.git") && text.contains("****\n"))
      let found = try await GitPeer.shell("grep -rl '\(GitPeer.password)' . || echo none", in: workspace)
      #expect(found == "none\n")
    }
  }

  @Test func aStoppedCloneLeavesNeitherProcessesNorCredentials() async throws {
    let git = try await GitPeer(repositories, arguments: ["--stall", "10"])
    try await agent.serve(host) {
      let calls = try await GitCalls(agent.controller, workspace)
      try await calls.addPassword(url(git), GitPeer.user, GitPeer.password)
      let id = try calls.ask("CloneCommand", [("url", [.string(url(git))])])
      while try scratch.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
      try await Task.sleep(for: .milliseconds(300))
      try agent.controller.send(
        .object(
          JavaLayout("hudson.remoting.Request$Cancel", 1, [JavaField("id", "I")]), ["id": .int(id)]))
      let answer = try await agent.controller.answer(to: id)
      #expect(answer.raw?.className == "hudson.plugins.git.GitException")
      #expect(answer.raw?.message == "java.lang.InterruptedException")
      #expect(try scratch.isEmpty)
    }
  }

  /// A build swaps directories of its repository and work tree for links to another job's.
  @Test func swappedDirectoriesLeadGitNowhere() async throws {
    let git = try await GitPeer(repositories)
    let prize = agent.directory + "/workspace/other"
    try FileSystem.makeDirectories(prize + "/refs")
    try FileSystem.writeAtomically(Array("mine".utf8), to: prize + "/l.txt")
    _ = try await GitPeer.shell(
      "mkdir d; for i in 1 2 3 4 5 6 7 8 9; do echo $i > d/$i; done; git add d; git commit -qm d; git push -q ../app.git main",
      in: repositories + "/app")
    try await agent.serve(host) {
      let calls = try await clone(git)
      let main = try await id("main", in: repositories + "/app.git")
      let first = try await id("v1", in: repositories + "/app.git")
      let isOver = Mutex(false)
      let place = workspace
      let attacker = Thread { @Sendable in
        while !isOver.withLock({ $0 }) {
          for name in ["/d", "/.git/refs/heads"] {
            rename(place + name, place + "/aside")
            symlink(prize, place + name)
            unlink(place + name)
            if rename(place + "/aside", place + name) != 0 { try? FileSystem.removeTree(place + "/aside") }
          }
        }
      }
      attacker.start()
      defer { isOver.withLock { $0 = true } }
      for round in 0..<8 {
        _ = try await calls.run(
          "CheckoutCommand",
          [("ref", [.string(round % 2 == 0 ? main : first)]), ("branch", [.string("work-\(round)")])])
        _ = try await calls.call("clean", [.booleanObject(true)])
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: prize).sorted() == ["l.txt", "refs"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: prize + "/refs").isEmpty)
    #expect(try FileSystem.read(prize + "/l.txt", limit: 10) == Array("mine".utf8))
  }
}
