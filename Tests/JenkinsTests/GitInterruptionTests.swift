import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Git servers that stand still, builds that are stopped and workers that are killed.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GitInterruptionTests {
  private let bench: GitBench
  private let git: GitPeer
  /// The same repositories behind a server that stands still in the middle of a pack.
  private let stalled: GitPeer

  init() async throws {
    bench = try await GitBench()
    git = try await GitPeer(bench.repositories)
    stalled = try await GitPeer(bench.repositories, arguments: ["--stall", "100000"], makesRepositories: false)
  }

  private func url(_ git: GitPeer) -> String { "http://127.0.0.1:\(git.port)/app.git" }

  /// A clone, after which the server has something new.
  private func begin() async throws -> GitCalls {
    let calls = try await GitCalls(bench.agent.controller, bench.workspace)
    for peer in [git, stalled] { try await calls.addPassword(url(peer), GitPeer.user, GitPeer.password) }
    let cloned = try await calls.run("CloneCommand", [("url", [.string(url(git))])])
    #expect(cloned.failure == nil, "\(cloned.failure?.message ?? "")")
    _ = try await GitPeer.shell(
      "head -c 300000 /dev/urandom > big; git add big; git commit -qm big; git push -q ../app.git main",
      in: bench.repositories + "/app")
    return calls
  }

  private func fetch(_ peer: GitPeer, minutes: Int32 = 1) -> [(String, [JavaOutput])] {
    [
      (
        "from",
        [
          GitCalls.address(scheme: "http", host: "127.0.0.1", port: peer.port, path: "/app.git"),
          .list([GitCalls.specification("+refs/heads/*:refs/remotes/origin/*")]),
        ]
      ),
      ("timeout", [.integerObject(minutes)]),
    ]
  }

  /// Whether the worker is in the middle of the pack.
  private func isReceiving() throws -> Bool {
    let packs = try? FileManager.default.contentsOfDirectory(atPath: bench.workspace + "/.git/objects/pack")
    return try packs?.contains { $0.contains("_git2_") } == true && !bench.workers().isEmpty
  }

  private func expectAllIsWell(_ calls: GitCalls) async throws {
    #expect(bench.jobs.isEmpty)
    #expect(try await bench.wait { try bench.workers().isEmpty })
    #expect(try await !bench.holds(GitPeer.password))
    let fetched = try await calls.run("FetchCommand", fetch(git))
    #expect(fetched.failure == nil, "\(fetched.failure?.message ?? "")")
    let main = try await bench.id("main", in: bench.repositories + "/app.git")
    #expect(GitObjects.id(try await calls.call("revParse", [.string("origin/main")]).value ?? .null) == main)
    let left = try await GitPeer.shell(
      "find .git -name '*.lock' -o -name '*_git2_*' -o -name 'tmp_*'", in: bench.workspace)
    #expect(left == "")
    #expect(try await GitPeer.git("fsck --no-dangling", in: bench.workspace) == "")
  }

  @Test func aTimeoutIsAGitExceptionAndTheNextFetchWorks() async throws {
    try await bench.agent.serve(bench.host, minute: .seconds(2)) {
      let calls = try await begin()
      let answer = try await calls.run("FetchCommand", fetch(stalled, minutes: 2))
      #expect(answer.raw?.className == "hudson.plugins.git.GitException")
      #expect(
        answer.raw?.message.hasPrefix("Command \"git fetch --tags --force --progress -- http://127.0.0.1") == true)
      #expect(answer.raw?.message.contains("it took longer than 2 minutes and was ended") == true)
      #expect(calls.text(answer).contains("# timeout=2\n"))
      #expect(calls.text(answer).contains("ERROR: Timeout after 2 minutes\n"))
      try await expectAllIsWell(calls)
    }
  }

  /// Submodules and pushes have timeouts too.
  @Test func submodulesAndPushesTimeOut() async throws {
    let stalled = try await GitPeer(bench.repositories, arguments: ["--stall", "10"], makesRepositories: false)
    _ = try await GitPeer.shell(
      """
      git config -f .gitmodules submodule.vendor/lib.url http://127.0.0.1:\(stalled.port)/lib.git
      git commit -qam slow; git push -q ../app.git main
      """, in: bench.repositories + "/app")
    try await bench.agent.serve(bench.host, minute: .seconds(2)) {
      let calls = try await GitCalls(bench.agent.controller, bench.workspace)
      for peer in [git, stalled] { try await calls.addPassword(url(peer), GitPeer.user, GitPeer.password) }
      #expect(try await calls.run("CloneCommand", [("url", [.string(url(git))])]).failure == nil)
      let checkout = try await calls.run("CheckoutCommand", [("ref", [.string("origin/main")]), ("timeout", [.null])])
      #expect(checkout.failure == nil, "\(checkout.failure?.message ?? "")")
      _ = try await calls.call("setRemoteUrl", [.string("origin"), .string(url(stalled))])
      let answer = try await calls.run(
        "SubmoduleUpdateCommand", [("parentCredentials", [.booleanObject(true)]), ("timeout", [.integerObject(1)])])
      #expect(answer.raw?.message.contains("it took longer than 1 minutes") == true, "\(answer.raw?.message ?? "")")
      let push = try await calls.run(
        "PushCommand",
        [
          ("to", [GitCalls.address(scheme: "http", host: "127.0.0.1", port: try silentPort(), path: "/app.git")]),
          ("ref", [.string("HEAD:main")]), ("timeout", [.integerObject(1)]),
        ])
      #expect(push.raw?.message.contains("it took longer than 1 minutes") == true, "\(push.raw?.message ?? "")")
      #expect(bench.jobs.isEmpty)
      #expect(try await bench.wait { try bench.workers().isEmpty })
    }
  }

  /// A port that connections are made to and nothing else happens on.
  private func silentPort() throws -> Int {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(number, generic, length) == 0 && listen(number, 5) == 0 ? getsockname(number, generic, &length) : -1
      }
    }
    try #require(status == 0)
    return Int(UInt16(bigEndian: address.sin_port))
  }

  @Test func aStoppedFetchAnswersAtOnce() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await begin()
      let request = try calls.ask("FetchCommand", fetch(stalled))
      #expect(try await bench.wait { try isReceiving() })
      let start = ContinuousClock.now
      try bench.cancel(request)
      let answer = try await bench.agent.controller.answer(to: request)
      let elapsed = ContinuousClock.now - start
      #expect(answer.raw?.className == "hudson.plugins.git.GitException")
      #expect(answer.raw?.message == "java.lang.InterruptedException")
      #expect(elapsed < .seconds(8), "only a worker that had to be killed takes so long")
      print("abort over http answered after \(elapsed)")
      try await expectAllIsWell(calls)
    }
  }

  @Test func aKilledWorkerLeavesNothingThatTheNextStumblesOver() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await begin()
      let request = try calls.ask("FetchCommand", fetch(stalled))
      #expect(try await bench.wait { try isReceiving() })
      for worker in try bench.workers() { kill(worker, SIGKILL) }
      let answer = try await bench.agent.controller.answer(to: request)
      #expect(answer.raw?.message.contains("was ended by signal 9") == true, "\(answer.raw?.message ?? "")")
      // What one leaves that is killed a moment later.
      _ = try await GitPeer.shell(
        """
        for name in index HEAD config packed-refs refs/remotes/origin/main; do touch -d '2 minutes ago' $name.lock; done
        touch -d '2 minutes ago' objects/pack/*_git2_*
        """, in: bench.workspace + "/.git")
      try await expectAllIsWell(calls)
    }
  }
}
