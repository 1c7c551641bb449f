import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// `journeyman run --source`: what a build finds in its workspace, and what the next build finds of it.
@Suite(.takingTurns) struct RunSourceTests {
  private func inode(_ path: String) -> UInt64 {
    var status = stat()
    return lstat(path, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  /// The checkout that builds of the only repository use.
  private func workspace(of build: SourceBuild) throws -> String {
    let sources = build.state + "/sources"
    let names = try FileManager.default.contentsOfDirectory(atPath: sources)
    return "\(sources)/\(try #require(names.first))/source"
  }

  @Test func gitWorksInTheSandboxAndSeesOneMirrorOnly() async throws {
    let bench = try await Workbench()
    let build = SourceBuild(bench: bench)
    let other = try await Git.create(bench.scratch("other"))
    try await other.commitBuildspec(["echo other"])
    #expect(try await build.run(other.directory).status == 0)
    let leaf = try await Git.create(bench.scratch("leaf"))
    try leaf.write("leaf\n", to: "leaf.txt")
    try await leaf.commit("a leaf")
    try await bench.source("tag", "-a", "v1.0", "-m", "version 1.0")
    try await bench.source("submodule", "add", "-q", "../leaf", "sub")
    try await bench.source.commitBuildspec([
      "echo described=$(git describe)", "echo commits=$(git log --format=%s | tr '\\n' ',')",
      "echo status=$(git status --porcelain)end", "git fsck --no-dangling && echo whole=yes",
      "echo leaf=$(git -C sub log --format=%s)", "echo branch=$(git rev-parse --abbrev-ref HEAD)",
      "cp file.txt new.txt && git add new.txt && echo added=$(git status --porcelain)",
      "git -c user.name=b -c user.email=b@example.org commit -qm more && echo committed=$(git describe | cut -c1-7)",
      "echo alternates=$(cat .git/objects/info/alternates)", "echo mirrors=$(ls -A $MIRRORS | tr '\\n' ',')",
      "mirror=$(dirname $(cat .git/objects/info/alternates)); touch $mirror/x 2>/dev/null || echo writing=refused",
    ])
    let finished = try await build.run(bench.source.directory, ["--env", "MIRRORS=\(build.mirrors)"])
    #expect(finished.status == 0, "\(finished.everything)")
    let head = try await bench.source("describe")
    #expect(finished.value("described") == head && head.hasPrefix("v1.0-1-g"))
    #expect(finished.value("commits") == "buildspec,first,")
    #expect(finished.value("status") == "end")
    #expect(finished.value("whole") == "yes")
    #expect(finished.value("leaf") == "a leaf")
    #expect(finished.value("branch") == "main")
    #expect(finished.value("added") == "A new.txt")
    #expect(finished.value("committed") == "v1.0-2-")
    #expect(finished.value("writing") == "refused")
    let mirror = try #require(finished.value("alternates"))
    #expect(mirror.hasPrefix(build.mirrors + "/source-"))
    // The mirror of the repository and that of its submodule; the one of the other repository is on the disk.
    let seen = try #require(finished.value("mirrors")).split(separator: ",")
    #expect(seen.count == 2 && seen.allSatisfy { $0.hasPrefix("source-") || $0.hasPrefix("leaf-") }, "\(seen)")
    let all = try FileManager.default.contentsOfDirectory(atPath: build.mirrors)
    #expect(all.contains { $0.hasPrefix("other-") })
  }

  @Test(arguments: ["strict", "off"]) func aBuildKnowsItsSource(sandbox: String) async throws {
    let bench = try await Workbench()
    try await bench.source("checkout", "-q", "-b", "topic/x")
    let commands = ["RESOLVED_SOURCE_VERSION", "SOURCE_VERSION", "SOURCE_REPO_URL"].map {
      "echo \($0)=$CODEBUILD_\($0)"
    }
    try await bench.source.commitBuildspec(
      commands + ["BRANCH", "AUTHOR"].map { "echo \($0)=$JOURNEYMAN_SOURCE_\($0)" }
        + ["printf 'MESSAGE=%s\\n' \"$JOURNEYMAN_SOURCE_MESSAGE\" | tr '\\n' '|'; echo", "pwd; cat file.txt"])
    try await bench.source("commit", "-q", "--amend", "-m", "A `subject` of $(one)\n\nline; and \"another\"")
    let server = try await Server.web(bench.scratch.path)
    let build = SourceBuild(bench: bench)
    let url = server.url("source")
    let finished = try await build.run(url, ["--ref", "topic/x"], sandbox: sandbox)
    #expect(finished.status == 0, "\(finished.everything)")
    let head = try await bench.source.head
    #expect(finished.value("RESOLVED_SOURCE_VERSION") == head)
    #expect(finished.value("SOURCE_VERSION") == "refs/heads/topic/x")
    #expect(finished.value("SOURCE_REPO_URL") == url)
    #expect(finished.value("BRANCH") == "topic/x")
    #expect(finished.value("AUTHOR") == "Ada <ada@example.org>")
    #expect(finished.value("MESSAGE") == "A `subject` of $(one)||line; and \"another\"||")
    #expect(finished.everything.contains("\"revision\":\"\(head)\"") || finished.everything.contains(head))
    let byID = try await build.run(url, ["--ref", head], sandbox: sandbox)
    #expect(byID.value("RESOLVED_SOURCE_VERSION") == head && byID.value("BRANCH") == "")
  }

  /// The second build writes only what the first has changed, and finds nothing of it.
  @Test(arguments: ["strict", "off"]) func theNextBuildUsesTheWorkspaceAgain(sandbox: String) async throws {
    let bench = try await Workbench([
      ".gitignore": "ignored\n", "file.txt": "one\n", "src/a.txt": "a\n", "src/deep/b.txt": "b\n",
    ])
    try await bench.source.commitBuildspec([
      "echo found=$(git status --porcelain --ignored)end", "echo mode=$(stat -c %a src)",
      "echo content=$(cat file.txt src/a.txt src/deep/b.txt | tr '\\n' ',')", "echo left=$(ls -A | tr '\\n' ',')",
      "echo changed > file.txt; echo x > ignored; mkdir -p new/deep && echo x > new/deep/f; git init -q nested",
      "mkdir closed && echo x > closed/f && chmod 0 closed; ln -sf /etc/passwd src/a.txt; chmod 2777 src",
      "chown 7:7 src/deep new 2>/dev/null; setfacl -d -m u:7:rwx src 2>/dev/null; true",
      "setfattr -n user.x -v y src 2>/dev/null; echo x >> .git/config; echo done=yes",
    ])
    let build = SourceBuild(bench: bench)
    let first = try await build.run(bench.source.directory, sandbox: sandbox)
    #expect(first.status == 0, "\(first.everything)")
    let workspace = try workspace(of: build)
    let kept = inode(workspace + "/src/deep/b.txt")
    let second = try await build.run(bench.source.directory, sandbox: sandbox)
    #expect(second.status == 0, "\(second.everything)")
    for finished in [first, second] {
      #expect(finished.value("found") == "end" && finished.value("content") == "one,a,b,")
      #expect(finished.value("left") == ".git,.gitignore,buildspec.yml,file.txt,src,")
      #expect(finished.value("done") == "yes")
    }
    #expect(second.value("mode") == first.value("mode"))
    #expect(kept != 0)
    // An ordinary user cannot keep what other ids of its build have closed.
    if geteuid() == 0 { #expect(inode(workspace + "/src/deep/b.txt") == kept) }
    // No workspace holds its mirror while no build runs.
    let leases = try FileManager.default.subpathsOfDirectory(atPath: build.mirrors).filter { $0.contains("/leases/") }
    #expect(leases == [])
    let work = try FileManager.default.contentsOfDirectory(atPath: build.state + "/work")
    #expect(work == [])
  }

  @Test func aRepositoryThatIsNotThereLeavesNothing() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path)
    let build = SourceBuild(bench: bench)
    let finished = try await build.run(server.url("nothing"))
    #expect(finished.status == 3 && finished.everything.contains("knows no repository"), "\(finished.everything)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: build.mirrors) == ["workspaces"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: build.state + "/sources") == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: build.state + "/work") == [])
  }

  /// As root no file of a build's belongs to root, from the first moment on.
  @Test(.enabled(if: geteuid() == 0, "needs root")) func aWorkspaceChangesHandsBetweenSandboxes() async throws {
    let bench = try await Workbench()
    try await bench.source.commitBuildspec([
      "echo owner=$(stat -c %u . src src/a.txt .git .git/config | uniq)", "echo x > made",
    ])
    let build = SourceBuild(bench: bench)
    for sandbox in ["strict", "off", "strict"] {
      let finished = try await build.run(bench.source.directory, sandbox: sandbox)
      #expect(finished.value("owner") == "0", "\(sandbox): \(finished.everything)")
      let workspace = try workspace(of: build)
      let find = try await TestProgram.run("/usr/bin/find", [workspace, "-uid", "0"])
      #expect(find.output.isEmpty == (sandbox == "strict"), "\(sandbox): \(find.output)")
    }
  }

  @Test func buildsAtTheSameTimeHaveWorkspacesOfTheirOwn() async throws {
    let bench = try await Workbench()
    let meeting = bench.scratch("meeting")
    try FileSystem.makeDirectories(meeting)
    // Each waits until both are there.
    try await bench.source.commitBuildspec([
      "touch \(meeting)/$NAME; n=0; while [ $(ls \(meeting) | wc -l) -lt 2 ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done",
      "echo here=$(pwd)", "ls \(meeting) | wc -l",
    ])
    let build = SourceBuild(bench: bench)
    async let one = build.run(bench.source.directory, ["--env", "NAME=one"], sandbox: "off")
    async let two = build.run(bench.source.directory, ["--env", "NAME=two"], sandbox: "off")
    let both = try await [one, two]
    for finished in both { #expect(finished.status == 0 && finished.lines.contains("2"), "\(finished.everything)") }
    #expect(Set(both.compactMap { $0.value("here") }).count == 2)
  }
}
