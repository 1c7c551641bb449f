import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// The further methods of the git client that plugins call on agents, beside git.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GitMethodTests {
  private let bench: GitBench
  private let git: GitPeer
  private let server: String

  init() async throws {
    bench = try await GitBench()
    git = try await GitPeer(bench.repositories, arguments: ["--push"])
    server = bench.repositories + "/app.git"
    _ = try await GitPeer.shell(
      """
      git checkout -q -b side v1; echo side > side.txt; git add side.txt; git commit -qm side
      git tag -a v2 -m 'version two

      with two paragraphs' side; git push -q --tags ../app.git side; git checkout -q main
      """, in: bench.repositories + "/app")
  }

  private var url: String { "http://127.0.0.1:\(git.port)/app.git" }
  private var address: JavaOutput {
    GitCalls.address(scheme: "http", host: "127.0.0.1", port: git.port, path: "/app.git")
  }

  private func calls(checkingOut revision: String? = "origin/main", branch: String? = nil) async throws -> GitCalls {
    let calls = try await GitCalls(bench.agent.controller, bench.workspace)
    try await calls.addPassword(url, GitPeer.user, GitPeer.password)
    _ = try await calls.call("setCommitter", [.string("Bot"), .string("bot@example.org")])
    let cloned = try await calls.run("CloneCommand", [("url", [.string(url)])])
    #expect(cloned.failure == nil, "\(cloned.failure?.message ?? "")")
    if let revision {
      let checkout = try await calls.run(
        "CheckoutCommand", [("ref", [.string(revision)]), ("branch", [.optional(branch)])])
      #expect(checkout.failure == nil, "\(checkout.failure?.message ?? "")")
    }
    return calls
  }

  private func own(_ question: String) async throws -> String { try await GitPeer.git(question, in: bench.workspace) }

  private func strings(_ answer: ScriptedController.Answer) -> Set<String> {
    Set((answer.value?.list ?? []).compactMap(\.string))
  }

  private func ids(_ answer: ScriptedController.Answer) -> [String: String] {
    var found: [String: String] = [:]
    for (key, value) in answer.value?.entries ?? [] { found[key.string ?? ""] = GitObjects.id(value) }
    return found
  }

  private func expectGitException(
    _ answer: ScriptedController.Answer, _ text: String, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(answer.raw?.className == "hudson.plugins.git.GitException", sourceLocation: location)
    #expect(
      answer.raw?.message.contains(text) == true, "\(answer.raw?.message ?? "it worked")", sourceLocation: location)
  }

  // MARK: Names

  @Test func tagsAreMadeFoundAndRemoved() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls()
      #expect(try await calls.call("tagExists", [.string("new")]).value?.boolean == false)
      #expect(try await calls.call("tag", [.string("new"), .string("said\n\n# not this\nof it")]).failure == nil)
      #expect(try await calls.call("tagExists", [.string("new")]).value?.boolean == true)
      #expect(
        try await own("for-each-ref --format='%(objecttype) %(taggername) %(taggeremail)' refs/tags/new")
          == "tag Bot <bot@example.org>")
      #expect(try await own("for-each-ref --format='%(contents)' refs/tags/new") == "said\n\nof it")
      #expect(try await own("rev-parse 'new^{commit}'") == (try await own("rev-parse HEAD")))
      // A second time moves it.
      _ = try await calls.run("CheckoutCommand", [("ref", [.string("origin/side")])])
      #expect(try await calls.call("tag", [.string("new"), .string("again")]).failure == nil)
      #expect(try await own("rev-parse 'new^{commit}'") == (try await own("rev-parse origin/side")))
      #expect(
        try await calls.call("getTagMessage", [.string("v2")]).value?.string == "version two\n\nwith two paragraphs")
      #expect(try await calls.call("getTagMessage", [.string("v1")]).value?.string == "app: first")
      #expect(strings(try await calls.call("getTagNames", [.string("v*")])) == ["v1", "v2"])
      #expect(strings(try await calls.call("getTagNames", [.null])) == ["v1", "v2", "new"])
      #expect(try await calls.call("deleteTag", [.string("new")]).failure == nil)
      #expect(try await own("tag") == "v1\nv2")
      expectGitException(try await calls.call("deleteTag", [.string("new")]), "not found")
      expectGitException(try await calls.call("tag", [.string("a..b"), .string("x")]), "is not a valid tag name")
      expectGitException(try await calls.call("tag", [.string("-d"), .string("x")]), "is not a valid tag name")
    }
  }

  @Test func branchesAndReferences() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(branch: "work")
      #expect(try await calls.call("branch", [.string("more/one")]).failure == nil)
      expectGitException(try await calls.call("branch", [.string("more/one")]), "already exists")
      let branches = try await calls.call("getBranches").value?.list ?? []
      let expected = try await own("branch -a --format='%(refname)'").split(separator: "\n").map { name -> String in
        String(name).replacing("refs/heads/", with: "").replacing("refs/remotes/", with: "remotes/")
      }
      #expect(Set(branches.compactMap { $0.object?["name"].string }) == Set(expected) && expected.count == 4)
      let first = try await bench.id("v1", in: server)
      for (name, all, words) in [("v2", true, "-a --contains v2"), ("v1", false, "--contains v1"), ("main", true, "")] {
        let answer = try await calls.call("getBranchesContaining", [.string(name), .booleanObject(all)])
        if words.isEmpty {
          expectGitException(answer, "unknown revision")
          continue
        }
        let found = (answer.value?.list ?? []).compactMap { $0.object?["name"].string }
        let right = try await own("branch \(words) --format='%(refname)'").split(separator: "\n").map {
          name -> String in
          String(name).replacing("refs/heads/", with: "").replacing("refs/remotes/", with: "remotes/")
        }
        #expect(Set(found) == Set(right) && !right.isEmpty)
      }
      #expect(try await calls.call("ref", [.string("refs/notes build")]).failure == nil)
      #expect(try await own("rev-parse refs/notes_build") == (try await own("rev-parse HEAD")))
      for (name, isThere) in [("refs/notes_build", true), ("work", true), ("ork", false), ("refs/x", false)] {
        #expect(try await calls.call("refExists", [.string(name)]).value?.boolean == isThere, "\(name)")
      }
      #expect(strings(try await calls.call("getRefNames", [.string("refs/tags")])) == ["refs/tags/v1", "refs/tags/v2"])
      let all = try await own("for-each-ref --format='%(refname)'").split(separator: "\n").map(String.init)
      #expect(strings(try await calls.call("getRefNames", [.string("")])) == Set(all))
      #expect(try await calls.call("deleteRef", [.string("refs/notes_build")]).failure == nil)
      #expect(try await calls.call("deleteBranch", [.string("more/one")]).failure == nil)
      expectGitException(try await calls.call("deleteBranch", [.string("work")]), "Cannot delete branch")
      #expect(try await own("branch --format='%(refname:short)'") == "work")
      #expect(try await calls.call("checkoutBranch", [.string("back"), .string("v1")]).failure == nil)
      #expect(try await own("rev-parse HEAD") == first)
      #expect(try await own("symbolic-ref HEAD") == "refs/heads/back")
    }
  }

  @Test func historyIsAnsweredAsByGit() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls()
      let (main, side) = (try await bench.id("main", in: server), try await bench.id("side", in: server))
      let base = try await calls.call("mergeBase", [GitObjects.output(main), GitObjects.output(side)])
      #expect(GitObjects.id(base.value ?? .null) == (try await own("merge-base \(main) \(side)")))
      for name in ["HEAD", "origin/side", "v1"] {
        #expect(
          try await calls.call("describe", [.string(name)]).value?.string == (try await own("describe --tags \(name)")))
      }
      for (method, arguments, words) in [("revListAll", [], "--all"), ("revList", ["origin/main"], "origin/main")] {
        let found = try await calls.call(method, arguments.map { .string($0) }).value?.list ?? []
        #expect(
          Set(found.compactMap { GitObjects.id($0) })
            == Set(try await own("rev-list \(words)").split(separator: "\n").map(String.init)))
      }
      let modules = try await calls.call("getSubmodules", [.string("HEAD")]).value?.list ?? []
      #expect(modules.count == 1 && modules.first?.object?["file"].string == "vendor/lib")
      #expect(modules.first?.object?["mode"].string == "160000" && modules.first?.object?["type"].string == "commit")
      for (recursive, words) in [(false, ""), (true, "-r")] {
        let entries = try await calls.call("lsTree", [.string("HEAD"), .booleanObject(recursive)]).value?.list ?? []
        let lines = entries.compactMap(\.object).map {
          "\($0["mode"].string ?? "") \($0["type"].string ?? "") \($0["object"].string ?? "")\t\($0["file"].string ?? "")"
        }
        #expect(lines.joined(separator: "\n") == (try await own("ls-tree \(words) HEAD")))
      }
    }
  }

  // MARK: Servers

  @Test func serversAreAskedWithoutARepository() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await GitCalls(bench.agent.controller, bench.workspace)
      try await calls.addPassword(url, GitPeer.user, GitPeer.password)
      let main = try await bench.id("main", in: server)
      let answer = try await calls.call("getHeadRev", [.string(url)])
      #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
      let heads = ids(answer)
      #expect(heads == ["refs/heads/main": main, "refs/heads/side": try await bench.id("side", in: server)])
      for name in [
        "main", "origin/main", "*/main", "refs/heads/main", "remotes/origin/main", "refs/remotes/origin/main",
      ] {
        let answer = try await calls.call("getHeadRev", [.string(url), .string(name)])
        #expect(GitObjects.id(answer.value ?? .null) == main, "\(name)")
      }
      #expect(try await calls.call("getHeadRev", [.string(url), .string("nowhere")]).value?.isNull == true)
      let everything = ids(
        try await calls.call(
          "getRemoteReferences", [.string(url), .null, .booleanObject(false), .booleanObject(false)]))
      #expect(everything["refs/tags/v2"] == (try await bench.id("v2", in: server)))
      #expect(everything["HEAD"] == main && everything["refs/pull/7/head"] != nil && everything.count == 6)
      let tags = ids(
        try await calls.call(
          "getRemoteReferences", [.string(url), .string("v*"), .booleanObject(false), .booleanObject(true)]))
      #expect(Set(tags.keys) == ["refs/tags/v1", "refs/tags/v2"])
      let symbolic = try await calls.call("getRemoteSymbolicReferences", [.string(url), .null])
      #expect(symbolic.value?.stringMap == ["HEAD": "refs/heads/main"])
      expectGitException(try await calls.call("getHeadRev", [.string(url + "x")]), "returned status code 128")
      #expect(bench.jobs.isEmpty)
      #expect(access(bench.workspace + "/.git", F_OK) != 0)
    }
  }

  @Test func remotesAreSetAndTold() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await GitCalls(bench.agent.controller, bench.workspace)
      #expect(try await calls.call("init").failure == nil)
      #expect(try await own("rev-parse --is-inside-work-tree") == "true")
      #expect(try await calls.call("getRemoteUrl", [.string("origin")]).value?.isNull == true)
      #expect(try await calls.call("addRemoteUrl", [.string("origin"), .string(url)]).failure == nil)
      #expect(try await calls.call("getRemoteUrl", [.string("origin")]).value?.string == url)
      #expect(try await calls.call("getDefaultRemote", [.string("x")]).value?.string == "origin")
      try await calls.addPassword(url, GitPeer.user, GitPeer.password)
      #expect(strings(try await calls.call("getRemoteTagNames", [.string("v*")])).isSuperset(of: ["v1", "v2"]))
    }
  }

  // MARK: Pushing

  private func push(_ calls: GitCalls, _ reference: String?, _ more: [(String, [JavaOutput])] = []) async throws
    -> ScriptedController.Answer
  {
    try await calls.run("PushCommand", [("to", [address]), ("ref", [.optional(reference)])] + more)
  }

  private func commit(_ text: String) async throws -> String {
    _ = try await GitPeer.shell(
      "echo '\(text)' > app.txt; git -c safe.directory='*' commit -qam '\(text)'", in: bench.workspace)
    return try await own("rev-parse HEAD")
  }

  /// What the git publisher does: the result of a merge, tags and branches.
  @Test func whatABuildMadeIsPushed() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls()
      // HEAD is detached: the branch is found on the server.
      let made = try await commit("made")
      let pushed = try await push(calls, "HEAD:main")
      #expect(pushed.failure == nil, "\(pushed.failure?.message ?? "")")
      #expect(try await bench.id("refs/heads/main", in: server) == made)
      #expect(calls.text(pushed).contains(" > git push \(url) HEAD:main # timeout=10\n"))
      #expect(calls.text(pushed).contains("using a credential of user"))
      #expect(try await push(calls, "HEAD:main").failure == nil)

      #expect(try await calls.call("tag", [.string("release"), .string("It is done.")]).failure == nil)
      #expect(try await push(calls, "release").failure == nil)
      #expect(try await GitPeer.git("cat-file tag release", in: server) == (try await own("cat-file tag release")))
      #expect(try await push(calls, made + ":refs/heads/by-number").failure == nil)
      #expect(try await bench.id("by-number", in: server) == made)
      _ = try await calls.call("checkoutBranch", [.string("topic"), .string(made)])
      #expect(try await push(calls, "HEAD:renamed").failure == nil)
      #expect(try await push(calls, "topic").failure == nil)
      #expect(try await push(calls, nil).failure == nil)
      #expect(try await bench.id("refs/heads/renamed", in: server) == made)
      #expect(try await bench.id("refs/heads/topic", in: server) == made)
      _ = try await calls.call("tag", [.string("another"), .string("x")])
      #expect(try await push(calls, nil, [("tags", [.booleanObject(true)])]).failure == nil)
      #expect(try await GitPeer.git("tag", in: server) == "another\nrelease\nv1\nv2")
      #expect(try await push(calls, ":topic").failure == nil)
      #expect(try await push(calls, "+refs/heads/*:refs/heads/all/*").failure == nil)
      #expect(
        try await GitPeer.git("branch --format='%(refname:short)'", in: server)
          == "all/topic\nby-number\nmain\nrenamed\nside")
      // By the remote's name, and by the older calls.
      #expect(try await calls.call("push", [.string("origin"), .string("HEAD:refs/heads/older")]).failure == nil)
      #expect(try await calls.call("push", [address, .string("HEAD:refs/heads/older2")]).failure == nil)
      #expect(try await bench.id("older2", in: server) == made)
      #expect(try await GitPeer.git("fsck --no-dangling", in: server) == "")
      // Nothing of it is left here.
      #expect(try await own("for-each-ref refs/journeyman") == "")
      #expect(bench.jobs.isEmpty)
      #expect(try await !bench.holds(GitPeer.password))
    }
  }

  @Test func pushesThatGitRefusesAreRefused() async throws {
    try FileSystem.writeAtomically(
      Array("#!/bin/sh\necho the hook speaks\n[ \"$1\" != refs/heads/locked ]\n".utf8), to: server + "/hooks/update",
      mode: 0o755)
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(checkingOut: "v1")
      let own = try await commit("aside")
      let main = try await bench.id("main", in: server)
      expectGitException(try await push(calls, "HEAD:main"), "[rejected] refs/heads/main (non-fast-forward)")
      expectGitException(try await push(calls, "HEAD:v1"), "[rejected] refs/tags/v1 (already exists)")
      expectGitException(try await push(calls, "HEAD:nowhere"), "is not a full name")
      expectGitException(try await push(calls, "nothing:main"), "unknown revision")
      expectGitException(try await push(calls, ":nowhere"), "remote ref does not exist")
      expectGitException(try await push(calls, "HEAD:refs/heads/a..b"), "not a valid name")
      expectGitException(try await calls.run("PushCommand", [("ref", [.string("HEAD:main")])]), "requires a 'remote'")
      let locked = try await push(calls, "HEAD:refs/heads/locked")
      expectGitException(locked, "refused to set refs/heads/locked: hook declined")
      #expect(calls.text(locked).contains("remote: the hook speaks\n"))
      _ = try await GitPeer.shell(
        "git commit -q --allow-empty -m new; git push -q ../app.git main", in: bench.repositories + "/app")
      expectGitException(try await push(calls, "HEAD:main"), "[rejected] refs/heads/main (fetch first)")
      #expect(try await bench.id("main", in: server) != main)
      #expect(try await push(calls, "HEAD:main", [("force", [])]).failure == nil)
      #expect(try await bench.id("main", in: server) == own)
      // Without the login.
      _ = try await calls.call("clearCredentials")
      expectGitException(try await push(calls, "HEAD:refs/heads/x"), "git push \(url) HEAD:refs/heads/x")
    }
  }

  @Test(
    .enabled(
      if: SecureShellServer.isAvailable || StandardPaths.processEnvironment["CI"] == "true", "sshd is not installed"))
  func pushingOverSSH() async throws {
    let shell = try await SecureShellServer.shared.value
    let known = String(decoding: try FileSystem.read(shell.knownHosts, limit: 10_000), as: UTF8.self)
    let key = String(decoding: try FileSystem.read(shell.key("ed25519"), limit: 10_000), as: UTF8.self)
    try await bench.agent.serve(bench.host) {
      _ = try await calls()
      let calls = try await GitCalls(bench.agent.controller, bench.workspace, approvedHostKeys: known)
      let made = try await commit("over ssh")
      let url = shell.url(server)
      try await calls.addKey(url, NSUserName(), key)
      let to = GitCalls.address(scheme: "ssh", host: "127.0.0.1", port: shell.port, path: server, user: NSUserName())
      let pushed = try await calls.run("PushCommand", [("to", [to]), ("ref", [.string("HEAD:main")])])
      #expect(pushed.failure == nil, "\(pushed.failure?.message ?? "")")
      #expect(try await bench.id("main", in: server) == made)
      #expect(bench.jobs.isEmpty)
    }
  }

  // MARK: Git LFS, and what is refused

  /// A large file's pointer is left and told of, or its content fetched; a filter program is never run.
  @Test func largeFilesAreToldOfOrFetched() async throws {
    _ = try await GitPeer.shell(
      """
      seq 1 50000 > content; oid=$(sha256sum content | cut -d' ' -f1); size=$(stat -c %s content)
      mkdir -p .git/lfs/objects/$(echo $oid | cut -c1-2)/$(echo $oid | cut -c3-4)
      cp content .git/lfs/objects/$(echo $oid | cut -c1-2)/$(echo $oid | cut -c3-4)/$oid; rm content
      printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' $oid $size > large.bin
      cp large.bin second.bin; printf '*.bin filter=lfs diff=lfs -text\\n*.txt filter=evil\\n' > .gitattributes
      git add .; git commit -qm large; git push -q ../app.git main
      """, in: bench.repositories + "/app")
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(checkingOut: nil)
      _ = try await GitPeer.shell(
        """
        for name in lfs evil; do git config -f .git/config filter.$name.smudge 'touch "\(bench.workspace)/ran"; cat'
        git config -f .git/config filter.$name.required true; done
        """, in: bench.workspace)
      let left = try await calls.run("CheckoutCommand", [("ref", [.string("origin/main")])])
      #expect(left.failure == nil, "\(left.failure?.message ?? "")")
      #expect(try bench.text("large.bin").hasPrefix("version https://git-lfs"))
      let text = calls.text(left)
      #expect(text.split(separator: "\n").filter { $0.contains("Git LFS keeps the content elsewhere") }.count == 1)
      #expect(text.contains("large.bin and 1 more: ") && text.contains("run 'git lfs pull' in a step"))
      // A credential for the large files alone is used for nothing else.
      let wrong = try await calls.run(
        "CheckoutCommand",
        [
          ("ref", [.string("origin/main")]), ("lfsRemote", [.string("origin")]),
          ("lfsCredentials", [GitCalls.password("nobody", "wrong")]),
        ])
      expectGitException(wrong, "git checkout -f origin/main")
      let fetched = try await calls.run(
        "CheckoutCommand", [("ref", [.string("origin/main")]), ("lfsRemote", [.string("origin")])])
      #expect(fetched.failure == nil, "\(fetched.failure?.message ?? "")")
      #expect(!calls.text(fetched).contains("elsewhere"))
      #expect(try bench.text("large.bin").hasSuffix("\n49999\n50000\n"))
      #expect(try bench.text("second.bin") == (try bench.text("large.bin")))
      #expect(access(bench.workspace + "/ran", F_OK) != 0)
    }
  }

  @Test func whatIsNotPossibleSaysSo() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls()
      for method in ["subGit", "addNote", "prune", "commit", "add", "getAllLogEntries", "launchCommand"] {
        expectGitException(
          try await calls.call(method, [.string("x")]),
          "The method '\(method)' of the git client is not possible on this agent")
      }
      expectGitException(
        try await calls.run("RebaseCommand", []), "The command 'RebaseCommand' of the git client is not possible")
      let lambda = GitCalls.object(
        "java.lang.invoke.SerializedLambda", [(JavaField("implClass", "Ljava/lang/String;"), .string("org/acme/Thing"))]
      )
      expectGitException(try await calls.call("withRepository", [lambda]), "Running the Java code of org/acme/Thing")
    }
  }
}
