import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Submodules: whose login goes where, and what is refused.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GitSubmoduleTests {
  private let bench: GitBench
  private let git: GitPeer

  init() async throws {
    bench = try await GitBench()
    git = try await GitPeer(bench.repositories)
    // A submodule that has one itself.
    _ = try await GitPeer.shell(
      """
      git init -q -b main deep; cd deep; echo deep > d.txt; git add .; git commit -qm deep; cd ..
      git clone -q --bare deep deep.git
      cd lib; printf '[submodule "in"]\\n path = in\\n url = ../deep.git\\n' > .gitmodules; git add .gitmodules
      git update-index --add --cacheinfo 160000,$(git -C ../deep rev-parse HEAD),in; mkdir in
      git commit -qm nested; git push -q ../lib.git main; cd ../app
      git update-index --cacheinfo 160000,$(git -C ../lib rev-parse HEAD),vendor/lib
      git commit -qm newer; git push -q ../app.git main
      """, in: bench.repositories)
  }

  private var url: String { "http://127.0.0.1:\(git.port)/app.git" }

  /// Commits another URL of the submodule.
  private func moveSubmodule(to url: String) async throws {
    _ = try await GitPeer.shell(
      "git config -f .gitmodules submodule.vendor/lib.url '\(url)'; git commit -qam moved; git push -q ../app.git main",
      in: bench.repositories + "/app")
  }

  private func checkOut() async throws -> GitCalls {
    let calls = try await GitCalls(bench.agent.controller, bench.workspace)
    try await calls.addPassword(url, GitPeer.user, GitPeer.password)
    let cloned = try await calls.run("CloneCommand", [("url", [.string(url)])])
    #expect(cloned.failure == nil, "\(cloned.failure?.message ?? "")")
    #expect(try await calls.run("CheckoutCommand", [("ref", [.string("origin/main")])]).failure == nil)
    #expect(try await calls.call("hasGitModules").value?.boolean == true)
    return calls
  }

  private func update(_ calls: GitCalls, recursive: Bool = true, parentCredentials: Bool = true) async throws
    -> ScriptedController.Answer
  {
    try await calls.run(
      "SubmoduleUpdateCommand",
      [
        ("recursive", [.booleanObject(recursive)]), ("parentCredentials", [.booleanObject(parentCredentials)]),
        ("remoteTracking", [.booleanObject(false)]),
      ])
  }

  @Test func nestedOnesAreCheckedOutWhenThatIsAskedFor() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await checkOut()
      let shallow = try await update(calls, recursive: false)
      #expect(shallow.failure == nil, "\(shallow.failure?.message ?? "")")
      #expect(try bench.text("vendor/lib/l.txt") == "lib\n")
      #expect(access(bench.workspace + "/vendor/lib/in/d.txt", F_OK) != 0)
      #expect(try await update(calls).failure == nil)
      #expect(try bench.text("vendor/lib/in/d.txt") == "deep\n")
      // What git itself says about it, and has beside it.
      #expect(try await GitPeer.git("status --porcelain", in: bench.workspace) == "")
      let login = "http://\(GitPeer.user):\(GitPeer.password)@127.0.0.1:\(git.port)/app.git"
      _ = try await GitPeer.shell("git clone -q --recursive '\(login)' stock", in: bench.base)
      let difference = try await GitPeer.shell(
        "diff -r --exclude=.git stock '\(bench.workspace)'; true", in: bench.base)
      #expect(difference == "")
      // As root git asks about the owner of every submodule. What branch a commit is on is left out.
      let status = "submodule status --recursive | sed 's/ (.*//'"
      let own = try await GitPeer.shell(
        """
        git config --file safe safe.directory '*'
        GIT_CONFIG_GLOBAL=$PWD/safe git -C '\(bench.workspace)' \(status)
        """, in: bench.base)
      #expect(
        own == (try await GitPeer.shell("git -C stock \(status)", in: bench.base)) && own.contains("vendor/lib/in"))
      #expect(try await !bench.holds(GitPeer.password))
    }
  }

  @Test func withoutTheParentsLoginThereIsNone() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await checkOut()
      let answer = try await update(calls, parentCredentials: false)
      #expect(answer.raw?.className == "hudson.plugins.git.GitException")
    }
  }

  /// The submodule's server asks for a login and would take the parent's: it is not offered, nor is one in the URL.
  @Test func theParentsLoginStaysWithItsServer() async throws {
    let requests = bench.base + "/requests"
    let other = try await GitPeer(bench.repositories, arguments: ["--log", requests], makesRepositories: false)
    for login in ["", "thief:password@"] {
      try await moveSubmodule(to: "http://\(login)127.0.0.1:\(other.port)/lib.git")
      try await bench.agent.serve(bench.host) {
        let answer = try await update(try await checkOut())
        #expect(answer.raw?.className == "hudson.plugins.git.GitException")
      }
      let lines = try await GitPeer.shell("cat requests", in: bench.base).split(separator: "\n")
      #expect(!lines.isEmpty)
      #expect(lines.allSatisfy { !$0.contains("Basic") && !$0.contains("Bearer") }, "\(lines)")
    }
  }

  @Test(arguments: ["file:///etc", "/etc", "ext::sh -c 'touch hacked'", "git://127.0.0.1/lib.git", "--upload-pack=x:y"])
  func addressesOfOtherKindsAreRefused(_ address: String) async throws {
    _ = try await GitPeer.shell(
      "git clone -q --bare lib local.git", in: bench.repositories)
    try await moveSubmodule(
      to: address.replacing("/etc", with: bench.repositories + "/local.git").replacing("'", with: "\""))
    try await bench.agent.serve(bench.host) {
      let answer = try await update(try await checkOut())
      #expect(answer.raw?.className == "hudson.plugins.git.GitException")
      #expect(answer.raw?.message.contains("refus") == true, "\(answer.raw?.message ?? "it was checked out")")
      #expect(access(bench.workspace + "/vendor/lib/l.txt", F_OK) != 0)
      #expect(access(bench.workspace + "/hacked", F_OK) != 0)
    }
  }
}
