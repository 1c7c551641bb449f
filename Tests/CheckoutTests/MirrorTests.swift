import Foundation
import JourneymanCheckout
import JourneymanSupport
import TestSupport
import Testing

/// One bare mirror for each URL: updated by what is missing, shared, healed, cleaned.
@Suite(.takingTurns) struct MirrorTests {
  @Test func theSecondCheckoutMovesNoObjects() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path, ["--log", bench.scratch("requests")])
    let log = EventLog()
    try await bench.checkOut(into: "first", from: server.url("source"), progress: log.add)
    #expect(log.serverMessages.contains { $0.hasPrefix("Total") })
    let again = EventLog()
    try await bench.checkOut(into: "second", from: server.url("source"), progress: again.add)
    #expect(log.received?.receivedObjects ?? 0 > 0 && again.received == nil)
    let requests = try String(contentsOfFile: bench.scratch("requests"), encoding: .utf8).split(separator: "\n")
    #expect(requests.filter { $0.hasPrefix("POST") }.count == 1)
    #expect(requests.filter { $0.hasPrefix("GET") }.count == 2)
    // A commit that is there needs no server at all.
    await server.kill()
    let commit = try await bench.source.head
    #expect(try await bench.checkOut(commit, into: "third", from: server.url("source")).commit?.id == commit)
  }

  @Test func onlyWhatIsMissingIsFetched() async throws {
    let bench = try await Workbench()
    for number in 0..<30 {
      try bench.source.write("\(number)\n", to: "f\(number)")
      try await bench.source.commit("\(number)")
    }
    let server = try await Server.web(bench.scratch.path)
    try await bench.checkOut(into: "first", from: server.url("source"))
    try bench.source.write("one more\n", to: "more")
    try await bench.source.commit("one more")
    let log = EventLog()
    try await bench.checkOut(into: "second", from: server.url("source"), progress: log.add)
    #expect(log.serverMessages.contains { $0.hasPrefix("Total 3 ") }, "\(log.serverMessages)")
  }

  @Test func referencesFollowTheServer() async throws {
    let bench = try await Workbench()
    try await bench.source("branch", "topic")
    try await bench.source("tag", "old")
    try await bench.checkOut(into: "first")
    // A branch becomes a directory of branches, a tag goes, a branch is rewritten.
    try await bench.source("branch", "-D", "topic")
    try await bench.source("branch", "topic/one")
    try await bench.source("tag", "-d", "old")
    try await bench.source("commit", "-q", "--amend", "-m", "rewritten")
    let head = try await bench.source.head
    let revision = try await bench.checkOut(into: "second")
    #expect(revision.commit?.id == head)
    let references = try await Git(directory: bench.scratch("second"))("for-each-ref", "--format=%(refname)")
    #expect(
      references.split(separator: "\n")
        == ["refs/heads/main", "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/topic/one"])
    #expect(await checkoutError { try await bench.checkOut("old", into: "third") }?.code == .referenceNotFound)
  }

  @Test func workspacesBorrowAndNeverLink() async throws {
    let bench = try await Workbench()
    try await bench.source("tag", "-a", "-m", "1", "v1.0")
    let revision = try await bench.checkOut()
    let mirror = try #require(revision.mirrors.first)
    let alternates = try bench.text(".git/objects/info/alternates")
    #expect(alternates == mirror + "/objects\n")
    let packs = try FileManager.default.subpathsOfDirectory(atPath: mirror + "/objects")
    for name in packs {
      var status = stat()
      #expect(lstat("\(mirror)/objects/\(name)", &status) == 0)
      #expect(status.st_mode & S_IFMT != S_IFREG || status.st_nlink == 1, "\(name) has several links")
    }
    let git = Git(directory: bench.scratch("workspace"))
    #expect(try await git("describe") == "v1.0")
    #expect(try await git("log", "--format=%s") == "first")
  }

  @Test func workspacesStayValidWhenTheMirrorIsRepacked() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path)
    let url = server.url("source")
    let first = try await bench.checkOut(into: "early", from: url)
    for number in 0..<30 {
      try bench.source.write("\(number)\n", to: "n")
      try await bench.source.commit("\(number)")
      try await bench.checkOut(into: "late", from: url)
    }
    let packs = try FileManager.default.contentsOfDirectory(atPath: bench.packDirectory).filter {
      $0.hasSuffix(".pack")
    }
    #expect(packs.count < 26, "thirty fetches have left \(packs.count) packs")
    for name in ["early", "late"] { try await Git(directory: bench.scratch(name))("fsck", "--no-dangling") }
    #expect(try await Git(directory: bench.scratch("early")).head == first.commit?.id)
    #expect(try await Git(directory: bench.scratch("late"))("rev-list", "--count", "HEAD") == "31")
  }

  @Test func aDamagedMirrorIsMadeAnewAndWorkspacesStay() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path)
    let url = server.url("source")
    // The commit goes from the server, so a healed mirror will not have it.
    try await bench.source("branch", "doomed")
    let early = try await bench.checkOut("doomed", into: "early", from: url)
    try await bench.source("branch", "-D", "doomed")
    try await bench.source("commit", "-q", "--amend", "-m", "rewritten")
    let mirror = try #require(early.mirrors.first)
    try FileSystem.writeAtomically([], to: mirror + "/packed-refs")
    let log = EventLog()
    let late = try await bench.checkOut(into: "late", from: url, progress: log.add)
    #expect(late.mirrors != early.mirrors)
    #expect(log.warnings.contains { $0.contains("damaged") })
    try await Git(directory: bench.scratch("early"))("fsck", "--no-dangling")
    #expect(try await Git(directory: bench.scratch("early"))("log", "--format=%s") == "first")
    // When the workspace is gone, so is what it borrowed from.
    try FileSystem.removeTree(bench.scratch("early"))
    try FileSystem.writeAtomically([], to: try #require(late.mirrors.first) + "/packed-refs")
    try await bench.checkOut(into: "later", from: url)
    #expect(access(mirror, F_OK) != 0)
  }

  /// 64 even offsets of the newest pack, each byte of its header, and each of its last 40 bytes.
  @Test func aPackThatWasCutAnywhereHeals() async throws {
    let bench = try await Workbench(["file.txt": String(repeating: "some text\n", count: 400), "b.txt": "b\n"])
    let server = try await Server.web(bench.scratch.path)
    let url = server.url("source")
    try await bench.checkOut(into: "w", from: url)
    let expected = try Tree(bench.scratch("w"))
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: bench.packDirectory).first { $0.hasSuffix(".pack") })
    let size = try FileSystem.read(bench.packDirectory + "/" + name, limit: 1 << 24).count
    let cuts = Set((0..<64).map { $0 * size / 64 } + Array(0..<12) + Array((size - 40)..<size)).sorted()
    for cut in cuts {
      let pack = try bench.packDirectory + "/" + name
      chmod(pack, 0o644)
      #expect(truncate(pack, cut) == 0)
      // A new workspace each time, so that every object is read.
      try await bench.checkOut(into: "w\(cut)", from: url)
      #expect(try Tree(bench.scratch("w\(cut)")) == expected, "cut at \(cut)")
      try FileSystem.removeTree(bench.scratch("w\(cut)"))
    }
    let mirror = PathName.directory(of: PathName.directory(of: PathName.directory(of: try bench.packDirectory)))
    let left = try FileManager.default.contentsOfDirectory(atPath: mirror).filter { $0.hasSuffix(".git") }
    // The first workspace still borrows from the first generation.
    #expect(left.count <= 2, "\(left)")
  }

  @Test func damageInTheMiddleOfAPackIsFoundWhenItIsRead() async throws {
    let bench = try await Workbench(["file.txt": String(repeating: "some text\n", count: 400), "b.txt": "b\n"])
    let server = try await Server.web(bench.scratch.path)
    try await bench.checkOut(into: "first", from: server.url("source"))
    let name = try #require(
      FileManager.default.contentsOfDirectory(atPath: bench.packDirectory).first { $0.hasSuffix(".pack") })
    let pack = try bench.packDirectory + "/" + name
    var bytes = try FileSystem.read(pack, limit: 1 << 24)
    for index in 12..<(bytes.count - 20) { bytes[index] ^= 0x55 }
    try FileSystem.removeTree(pack)
    try FileSystem.writeAtomically(bytes, to: pack)
    let log = EventLog()
    try await bench.checkOut(into: "second", from: server.url("source"), progress: log.add)
    #expect(try Tree(bench.scratch("second")) == Tree(bench.scratch("first")))
    #expect(log.warnings.contains { $0.contains("damaged") })
  }

  @Test func twoCheckoutsAtOnceShareAMirror() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path)
    let url = server.url("source")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<6 {
        group.addTask { try await bench.checkOut(into: "w\(number)", from: url) }
      }
      try await group.waitForAll()
    }
    let expected = try Tree(bench.scratch("w0"))
    for number in 1..<6 { #expect(try Tree(bench.scratch("w\(number)")) == expected) }
    let packs = try FileManager.default.contentsOfDirectory(atPath: bench.packDirectory)
    #expect(packs.filter { $0.hasSuffix(".pack") }.count == 1)
  }

  @Test func unusedMirrorsAreRemovedByAgeAndSize() async throws {
    var bench = try await Workbench()
    try await bench.checkOut(into: "kept")
    let second = try await Git.create(bench.scratch("second"))
    try second.write("x\n", to: "x")
    try await second.commit()
    try await bench.checkOut(into: "gone", from: second.directory)
    try FileSystem.removeTree(bench.scratch("gone"))
    func mirrors() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: bench.scratch("mirrors")).filter { $0.contains("-") }.sorted()
    }
    #expect(try mirrors().count == 2)
    bench.options.mirrorKeepSize = 1
    try await bench.checkOut(into: "kept")
    // The mirror of `second` is too much; that of `source` is, too, but a workspace borrows from it.
    #expect(try mirrors().map { $0.prefix(6) } == ["source"])
    try await Git(directory: bench.scratch("kept"))("fsck")
  }

  @Test func withoutMirrorsAWorkspaceHasItsOwnObjects() async throws {
    var bench = try await Workbench()
    bench.options.mirrors = nil
    let revision = try await bench.checkOut(into: "own", existing: .refuse)
    #expect(revision.mirrors.isEmpty)
    try FileSystem.removeTree(bench.source.directory)
    try await Git(directory: bench.scratch("own"))("fsck")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.scratch("own")).sorted() == [".git", "file.txt", "src"])
    #expect(access(bench.scratch("own/.git/journeyman-fetch.git"), F_OK) != 0)
  }
}
