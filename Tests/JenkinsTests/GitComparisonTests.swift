import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// What jobs with the git plugin's options ask for, beside the commands that a stock agent runs for them.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GitComparisonTests {
  private let bench: GitBench
  private let git: GitPeer
  /// A directory for git's own work.
  private let stock: String

  init() async throws {
    bench = try await GitBench()
    git = try await GitPeer(bench.repositories)
    stock = bench.base + "/stock"
    try FileSystem.makeDirectories(stock)
    _ = try await GitPeer.shell(
      """
      git checkout -q -b feature/one v1; echo f1 > f.txt; git add f.txt; git commit -qm f1
      git checkout -q -b feature/two; echo f2 > f.txt; git commit -qam f2
      git checkout -q -b gone v1; git checkout -q -b side v1; echo side > side.txt; git add side.txt; git commit -qm side
      git tag -a v2 -m 'version two' feature/two
      git push -q --tags ../app.git feature/one feature/two gone side; git checkout -q main
      """, in: bench.repositories + "/app")
  }

  private var url: String { "http://127.0.0.1:\(git.port)/app.git" }
  private var login: String { "http://\(GitPeer.user):\(GitPeer.password)@127.0.0.1:\(git.port)/app.git" }
  private static let everything = "+refs/heads/*:refs/remotes/origin/*"

  private func calls(_ workspace: String) async throws -> GitCalls {
    let calls = try await GitCalls(bench.agent.controller, workspace)
    try await calls.addPassword(url, GitPeer.user, GitPeer.password)
    return calls
  }

  private func clone(_ calls: GitCalls, _ more: [(String, [JavaOutput])] = []) async throws {
    let answer = try await calls.run("CloneCommand", [("url", [.string(url)])] + more)
    #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
  }

  private func fetch(_ calls: GitCalls, _ specifications: [String] = [everything], prune: Bool = false) async throws {
    let address = GitCalls.address(scheme: "http", host: "127.0.0.1", port: git.port, path: "/app.git")
    let answer = try await calls.run(
      "FetchCommand",
      [("from", [address, .list(specifications.map { GitCalls.specification($0) })])]
        + (prune ? [("prune", [.booleanObject(true)])] : []))
    #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
  }

  private func checkOut(_ calls: GitCalls, _ revision: String, branch: String? = nil) async throws {
    let answer = try await calls.run(
      "CheckoutCommand",
      [("branch", [.optional(branch)]), ("ref", [.string(revision)]), ("deleteBranchIfExist", [.booleanObject(true)])])
    #expect(answer.failure == nil, "\(answer.failure?.message ?? "")")
  }

  /// What a stock agent runs.
  private func stock(_ script: String) async throws {
    _ = try await GitPeer.shell(script.replacing("URL", with: "'\(login)'"), in: stock)
  }

  /// Compares the files, the index and the references of two directories.
  private func expectSame(_ workspace: String, ignoring: String = "none") async throws {
    let files = try await GitPeer.shell("diff -r --exclude=.git '\(stock)' '\(workspace)' 2>&1; true", in: bench.base)
    #expect(files == "")
    for question in [
      "for-each-ref --format='%(refname) %(objectname)'", "ls-files -s", "rev-parse HEAD", "status --porcelain",
    ] {
      let (own, expected) = (try await GitPeer.git(question, in: workspace), try await GitPeer.git(question, in: stock))
      #expect(own == expected, "\(question)")
    }
    let head = "symbolic-ref -q HEAD || echo detached"
    #expect(try await GitPeer.git(head, in: workspace) == (try await GitPeer.git(head, in: stock)))
    #expect(try await GitPeer.git("fsck --no-dangling", in: workspace) == "")
  }

  // MARK: git-options

  @Test func aLocalBranchInADirectoryOfItsOwnCleanedAndPruned() async throws {
    let place = bench.workspace + "/sub/dir"
    try FileSystem.makeDirectories(place)
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(place)
      for method in ["setAuthor", "setCommitter"] {
        _ = try await calls.call(method, [.string("Build Bot"), .string("bot@example.org")])
      }
      try await clone(calls)
      let main = try await bench.id("main", in: bench.repositories + "/app.git")
      try await checkOut(calls, main, branch: "work")
      try await stock(
        """
        git init -q .; git fetch -q --tags --force -- URL '\(Self.everything)'
        git checkout -q -f \(main); git checkout -q -b work \(main)
        """)
      try await expectSame(place)

      // A second build, after changes on both sides.
      _ = try await GitPeer.shell(
        "git push -q ../app.git :gone; git push -q -f ../app.git side:feature/two",
        in: bench.repositories + "/app")
      let mess = "echo x > app.txt; rm -f 'ü n.txt'; mkdir -p out/deep; echo o > out/deep/o; ln -s / out/link"
      for directory in [place, stock] { _ = try await GitPeer.shell(mess, in: directory) }
      #expect(try await calls.call("hasGitRepo", [.booleanObject(false)]).value?.boolean == true)
      _ = try await calls.call("setRemoteUrl", [.string("origin"), .string(url)])
      try await fetch(calls, prune: true)
      try await checkOut(calls, main, branch: "work")
      #expect(try await calls.call("clean", [.booleanObject(false)]).failure == nil)
      try await stock(
        """
        git fetch -q --tags --force --prune -- URL '\(Self.everything)'
        git checkout -q -f \(main); git branch -q -D work; git checkout -q -b work \(main); git reset -q --hard; git clean -qfdx
        """)
      try await expectSame(place)
      #expect(try await GitPeer.git("config remote.origin.url", in: place) == url)
    }
  }

  @Test func aTagWithTheJobsOwnReferencesAlone() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(bench.workspace)
      let specification = "+refs/heads/side:refs/remotes/origin/side"
      try await clone(
        calls, [("refspecs", [.list([GitCalls.specification(specification)])]), ("tags", [.booleanObject(true)])])
      // The controller tries the meanings of the name in turn.
      #expect(
        try await calls.call("revParse", [.string("refs/remotes/origin/v2")]).raw?.className.hasSuffix("GitException")
          == true)
      let tag = GitObjects.id(try await calls.call("revParse", [.string("v2")]).value ?? .null)
      #expect(tag == (try await bench.id("v2", in: bench.repositories + "/app.git")))
      let sparse = GitCalls.object("hudson.plugins.git.SparseCheckoutPath", [])
      let answer = try await calls.run(
        "CheckoutCommand", [("ref", [.string(tag ?? "")]), ("sparseCheckoutPaths", [.list([sparse])])])
      #expect(answer.failure == nil)
      #expect(calls.text(answer).contains("a sparse checkout was asked for; this agent checks all files out"))
      try await stock(
        "git init -q .; git fetch -q --tags --force -- URL '\(specification)'; git checkout -q -f \(tag ?? "")")
      try await expectSame(bench.workspace)
    }
  }

  @Test func withoutTagsAndShallow() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(bench.workspace)
      try await clone(
        calls, [("tags", [.booleanObject(false)]), ("shallow", [.booleanObject(true)]), ("depth", [.integerObject(1)])])
      try await checkOut(calls, "origin/side")
      try await stock(
        """
        git init -q .; git fetch -q --no-tags --force -- URL '\(Self.everything)'
        git checkout -q -f $(git rev-parse 'refs/remotes/origin/side^{commit}')
        """)
      try await expectSame(bench.workspace)
      #expect(try await GitPeer.git("tag", in: bench.workspace) == "")
    }
  }

  // MARK: git-clean

  /// Everything that may lie about, beside what `git clean` with one and with two `-f` makes of it.
  @Test(arguments: [false, true]) func cleaningRemovesWhatGitRemoves(_ isThorough: Bool) async throws {
    _ = try await GitPeer.shell(
      "printf '*.o\\nignored/\\n' > .gitignore; mkdir d; echo d > d/d; git add .gitignore d; git commit -qm ignore; git push -q ../app.git main",
      in: bench.repositories + "/app")
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(bench.workspace)
      try await clone(calls)
      let main = try await bench.id("main", in: bench.repositories + "/app.git")
      try await checkOut(calls, main)
      try await stock(
        "git init -q .; git fetch -q --tags --force -- URL '\(Self.everything)'; git checkout -q -f \(main)")
      let mess = """
        echo o > a.o; mkdir -p ignored/x empty/inner new/deep .hidden; echo i > ignored/x/i; echo n > new/deep/n
        echo h > .hidden/h; ln -s nowhere dangling; ln -s d linked; chmod 755 app.txt; rm -r d; echo file > d
        git init -q nested; echo n > nested/n; git init -q new/other; mkdir -p vendor/lib; echo s > vendor/lib/s
        echo staged > staged; git -c safe.directory='*' add staged; echo x > "$(printf 'caf\\351')"
        """
      for directory in [bench.workspace, stock] { _ = try await GitPeer.shell(mess, in: directory) }
      #expect(try await calls.call("clean", [.booleanObject(isThorough)]).failure == nil)
      try await stock("git reset -q --hard; git clean -q \(isThorough ? "-ffdx" : "-fdx")")
      let listing = "find . -path ./.git -prune -o -print | sort"
      #expect(try await GitPeer.shell(listing, in: bench.workspace) == (try await GitPeer.shell(listing, in: stock)))
      try await expectSame(bench.workspace)
    }
  }

  // MARK: git-wildcard, git-nobranch, git-merge

  @Test func wildcardsAreChosenFromAllBranches() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(bench.workspace)
      try await clone(calls)
      let answer = try await calls.call("getRemoteBranches")
      let branches = answer.value?.list ?? []
      let names = branches.compactMap { $0.object?["name"].string }.sorted()
      #expect(names == ["origin/feature/one", "origin/feature/two", "origin/gone", "origin/main", "origin/side"])
      for branch in branches {
        let name = branch.object?["name"].string ?? ""
        #expect(
          GitObjects.id(branch.object?["sha1"] ?? .null)
            == (try await bench.id("refs/heads/" + name.dropFirst(7), in: bench.repositories + "/app.git")))
      }
      let text = calls.text(answer)
      #expect(text.contains("Seen branch in repository origin/side\n") && text.contains("Seen 5 remote branches\n"))
      // Of `feature/*` the one that the other is not a part of.
      let candidates = branches.filter { $0.object?["name"].string?.contains("feature") == true }
      let heads = candidates.map { GitObjects.id($0.object?["sha1"] ?? .null) ?? "" }
      let chosen = try await calls.call("withRepository", [GitCalls.buildChooser(heads)]).value?.list ?? []
      let newest = try await bench.id("feature/two", in: bench.repositories + "/app.git")
      #expect(chosen.map { GitObjects.id($0.object?["sha1"] ?? .null) } == [newest])
      let tags = try await calls.call("getTags").value?.list ?? []
      #expect(Set(tags.compactMap { $0.object?["name"].string }) == ["v1", "v2"])
      // What a tag of its own leads to, not the tag.
      let two = tags.first { $0.object?["name"].string == "v2" }
      #expect(GitObjects.id(two?.object?["sha1"] ?? .null) == newest)
    }
  }

  @Test func everyMeaningOfAMissingBranchIsAGitException() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(bench.workspace)
      try await clone(calls)
      for name in ["refs/remotes/origin/nowhere", "nowhere", "origin/nowhere", "refs/tags/nowhere", "-x", "a..b", ""] {
        let answer = try await calls.call("revParse", [.string(name)])
        #expect(answer.raw?.className == "hudson.plugins.git.GitException", "\(name)")
        #expect(answer.raw?.message.contains("returned status code 128:\nstdout: \nstderr: fatal: ") == true)
      }
    }
  }

  @Test func aMergeBeforeTheBuildIsGitsOwn() async throws {
    try await bench.agent.serve(bench.host) {
      let calls = try await calls(bench.workspace)
      for method in ["setAuthor", "setCommitter"] {
        _ = try await calls.call(method, [.string("Dev"), .string("dev@example.org")])
      }
      try await clone(calls)
      let main = try await bench.id("main", in: bench.repositories + "/app.git")
      let side = try await bench.id("side", in: bench.repositories + "/app.git")
      let two = try await bench.id("feature/two", in: bench.repositories + "/app.git")
      for (start, other, mode, branch) in [
        (main, side, "FF", "release/1"), (main, side, "NO_FF", nil), ("v1^{commit}", two, "FF", "work"),
        ("v1^{commit}", two, "NO_FF", "master"), ("v1^{commit}", two, "FF_ONLY", nil),
      ] {
        try await checkOut(calls, start, branch: branch)
        let constant = JavaOutput.enumeration(JavaLayout(enumeration: "Mode"), mode)
        let strategy = JavaOutput.enumeration(JavaLayout(enumeration: "Strategy"), "DEFAULT")
        let merged = try await calls.run(
          "MergeCommand",
          [
            ("setRevisionToMerge", [GitObjects.output(other)]), ("setGitPluginFastForwardMode", [constant]),
            ("setStrategy", [strategy]),
          ])
        #expect(merged.failure == nil, "\(merged.failure?.message ?? "")")
        let option = "--" + mode.lowercased().replacing("_", with: "-")
        try FileSystem.removeTree(stock)
        try FileSystem.makeDirectories(stock)
        try await stock(
          """
          git init -q .; git fetch -q --tags --force -- URL '\(Self.everything)'; git checkout -q -f '\(start)'
          \(branch.map { "git checkout -q -b \($0)" } ?? "true"); git merge -q \(option) \(other)
          """)
        for question in ["log -1 --format='%T %P%n%an <%ae> %cn <%ce>%n%B'", "ls-files -s", "status --porcelain"] {
          let own = try await GitPeer.git(question, in: bench.workspace)
          #expect(own == (try await GitPeer.git(question, in: stock)), "\(mode) \(branch ?? "detached") \(question)")
        }
        let head = GitObjects.id(try await calls.call("revParse", [.string("HEAD")]).value ?? .null) ?? ""
        #expect(head == (try await bench.id("HEAD", in: bench.workspace)))
        try await checkOut(calls, head, branch: branch)
        #expect(try await GitPeer.git("status --porcelain", in: bench.workspace) == "")
      }
      try await checkOut(calls, main)
      let only = JavaOutput.enumeration(JavaLayout(enumeration: "Mode"), "FF_ONLY")
      let refused = try await calls.run(
        "MergeCommand", [("setRevisionToMerge", [GitObjects.output(side)]), ("setGitPluginFastForwardMode", [only])])
      #expect(refused.raw?.message.contains("Not possible to fast-forward, aborting.") == true)
      let strange = JavaOutput.enumeration(JavaLayout(enumeration: "Strategy"), "OCTOPUS")
      let unknown = try await calls.run(
        "MergeCommand", [("setRevisionToMerge", [GitObjects.output(side)]), ("setStrategy", [strange])])
      #expect(unknown.raw?.message.contains("A merge by the strategy OCTOPUS is not possible on this agent") == true)
    }
  }
}
