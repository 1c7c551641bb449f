import Foundation
import JourneymanCheckout
import JourneymanSupport
import TestSupport
import Testing

/// A workspace that is used again holds the revision and nothing else, and what did not change is not written again.
@Suite(.takingTurns) struct ReuseTests {
  private func inode(_ path: String) -> UInt64 {
    var status = stat()
    return lstat(path, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  @Test func unchangedFilesStay() async throws {
    let bench = try await Workbench()
    try await bench.checkOut()
    let before = inode(bench.scratch("workspace/src/a.txt"))
    try bench.source.write("two\n", to: "file.txt")
    try await bench.source.commit("two")
    try await bench.checkOut()
    #expect(inode(bench.scratch("workspace/src/a.txt")) == before)
    #expect(try bench.text("file.txt") == "two\n")
  }

  @Test func nothingForeignStays() async throws {
    let bench = try await Workbench([
      ".gitignore": "ignored\n", "file.txt": "one\n", "src/a.txt": "a\n", "d/e/f": "f\n",
    ])
    try await bench.checkOut()
    let expected = try Tree(bench.scratch("workspace"))
    let workspace = bench.scratch("workspace")
    try bench.scratch.write("x", to: "workspace/ignored")
    try bench.scratch.write("x", to: "workspace/new/deep/file")
    _ = try await Git.create(workspace + "/nested").commit()
    try bench.scratch.write("x", to: "workspace/closed/inner/file")
    chmod(workspace + "/closed/inner", 0)
    chmod(workspace + "/closed", 0)
    chmod(workspace + "/d/e", 0)
    try FileSystem.removeTree(workspace + "/src")
    symlink("/etc", workspace + "/src")
    #expect(mkfifo(workspace + "/pipe", 0o600) == 0)
    let odd: [CChar] = Array((workspace + "/").utf8CString.dropLast()) + [-1, -2, 0]
    close(open(odd, O_WRONLY | O_CREAT, 0o644))
    try bench.scratch.write("changed\n", to: "workspace/file.txt")
    try bench.scratch.write("[core]\n\tfsmonitor = touch /tmp/owned\n", to: "workspace/.git/config")
    try await bench.checkOut()
    let found = try Tree(workspace)
    #expect(found == expected, "\(found.differences(from: expected))")
    #expect(try !bench.text(".git/config").contains("fsmonitor"))
    #expect(access("/etc/a.txt", F_OK) != 0)
  }

  /// What a directory hands down to new files would change those of the next build.
  @Test func directoriesHandNothingDown() async throws {
    let bench = try await Workbench()
    try await bench.checkOut()
    let workspace = bench.scratch("workspace")
    let (modes, names) = (try Tree(workspace), ["", "/src", "/src/deep"])
    // A default access control list by which new files are for everybody (acl(5), its xattr form, version 2).
    let set = """
      import os, struct, sys
      everybody = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', tag, 7, 0xffffffff) for tag in (1, 4, 0x20))
      for path in sys.argv[1:]:
          os.setxattr(path, 'user.note', b'x')
          os.setxattr(path, 'system.posix_acl_default', everybody)
          os.chmod(path, 0o2777)
      """
    let python = try #require(TestProgram.find("python3"))
    let paths = names.map { workspace + $0 }
    let outcome = try await TestProgram.run(python, ["-c", set] + paths)
    #expect(outcome.status == 0 || outcome.errors.contains("Operation not supported"), "\(outcome.errors)")
    for path in paths { chmod(path, 0o2777) }
    try bench.source.write("new\n", to: "src/deep/new.txt")
    try bench.source.write("new\n", to: "new.txt")
    try await bench.source.commit("new files")
    try await bench.checkOut()
    let list = "import os, sys; print([os.listxattr(path) for path in sys.argv[1:]])"
    #expect(try await TestProgram.run(python, ["-c", list] + paths).output == "[[], [], []]\n")
    for name in names {
      var status = stat()
      #expect(stat(workspace + name, &status) == 0 && status.st_mode & 0o7777 == 0o755, "\(name)")
    }
    let new = try #require(try Tree(workspace).nodes[Array("src/deep/new.txt".utf8)])
    #expect(new == .file(mode: 0o644, content: Array("new\n".utf8)))
    #expect(modes.nodes[Array("src".utf8)] == .directory(mode: 0o755))
  }

  @Test func aReleasedWorkspaceHoldsNoMirror() async throws {
    var bench = try await Workbench()
    bench.options.mirrorKeepSize = 0
    let revision = try await bench.checkOut()
    let mirror = try #require(revision.mirrors.first)
    // The cleaning after a checkout leaves the mirror of a workspace alone.
    #expect(access(mirror, F_OK) == 0)
    Checkout.release(revision, in: bench.scratch("workspace"))
    try FileSystem.removeTree(bench.scratch("mirrors/cleaned"))
    let other = try await Git.create(bench.scratch("other"))
    try await other.commit()
    try await bench.checkOut(into: "elsewhere", from: other.directory)
    #expect(access(mirror, F_OK) != 0)
    try bench.scratch.write("foreign", to: "workspace/foreign")
    try await bench.checkOut()
    #expect(try Tree(bench.scratch("workspace")) == Tree(bench.source.directory))
  }

  /// Same size, same times: only the time of change, which nobody can set, tells.
  @Test func aFileChangedInPlaceIsWrittenAgain() async throws {
    let bench = try await Workbench(["file.txt": "one\n", "run.sh": "#!/bin/sh\n"])
    try await bench.checkOut()
    let path = bench.scratch("workspace/file.txt")
    var before = stat()
    stat(path, &before)
    let file = try FileSystem.open(path, flags: O_WRONLY)
    try FileSystem.writeAll(Array("two\n".utf8), to: file.number, name: path)
    let times = [before.st_atim, before.st_mtim]
    #expect(futimens(file.number, times) == 0)
    chmod(bench.scratch("workspace/run.sh"), 0o4755)
    try await bench.checkOut()
    #expect(try bench.text("file.txt") == "one\n")
    var after = stat()
    stat(bench.scratch("workspace/run.sh"), &after)
    #expect(after.st_mode & 0o7000 == 0)
  }

  @Test func aForgedIndexDeceivesNobody() async throws {
    let bench = try await Workbench()
    try await bench.checkOut()
    try bench.scratch.write("evil\n", to: "workspace/file.txt")
    let git = Git(directory: bench.scratch("workspace"))
    try await git("add", "file.txt")
    try await git("update-index", "--assume-unchanged", "file.txt")
    try await bench.checkOut()
    #expect(try bench.text("file.txt") == "one\n")
  }

  @Test func changedAttributesConvertAnew() async throws {
    let bench = try await Workbench(["a.txt": "x\ny\n", "b.txt": "x\n"])
    try await bench.checkOut()
    #expect(try bench.text("a.txt") == "x\ny\n")
    try bench.source.write("*.txt text eol=crlf\n", to: ".gitattributes")
    try await bench.source.commit("attributes")
    try await bench.checkOut()
    #expect(try bench.text("a.txt") == "x\r\ny\r\n")
    #expect(try bench.text("b.txt") == "x\r\n")
  }

  @Test func anotherWorkspaceAtThePathIsNotTrusted() async throws {
    let bench = try await Workbench()
    try await bench.checkOut()
    rename(bench.scratch("workspace"), bench.scratch("moved"))
    try bench.scratch.write("mine\n", to: "workspace/file.txt")
    try await bench.checkOut()
    #expect(try bench.text("file.txt") == "one\n")
    #expect(try await Git(directory: bench.scratch("workspace"))("status", "--porcelain") == "")
  }

  @Test func filesBecomeDirectoriesAndBack() async throws {
    let bench = try await Workbench(["thing": "a file\n", "other/inner": "x\n"])
    try await bench.checkOut()
    try await bench.source("rm", "-rq", "thing", "other")
    try bench.source.write("inner\n", to: "thing/inner")
    try bench.source.write("now a file\n", to: "other")
    try await bench.source.commit("swapped")
    try await bench.checkOut()
    #expect(try bench.text("thing/inner") == "inner\n")
    #expect(try bench.text("other") == "now a file\n")
    try await bench.checkOut("HEAD")
    #expect(try await Git(directory: bench.scratch("workspace"))("status", "--porcelain") == "")
  }

  @Test func submodulesAreCleanedToo() async throws {
    let bench = try await Workbench()
    let leaf = try await Git.create(bench.scratch("leaf"))
    try leaf.write("leaf\n", to: "leaf.txt")
    try await leaf.commit()
    try await bench.source("submodule", "add", "-q", "../leaf", "sub")
    try await bench.source.commit("with a submodule")
    let revision = try await bench.checkOut()
    #expect(revision.submodules == ["sub"] && revision.mirrors.count == 2)
    let expected = try Tree(bench.scratch("workspace"))
    let before = inode(bench.scratch("workspace/sub/leaf.txt"))
    try bench.scratch.write("foreign", to: "workspace/sub/foreign")
    try await bench.checkOut()
    #expect(try Tree(bench.scratch("workspace")) == expected)
    #expect(inode(bench.scratch("workspace/sub/leaf.txt")) == before)
    // Without the submodule its directory goes.
    try await bench.source("rm", "-q", "sub")
    try await bench.source.commit("without")
    try await bench.checkOut()
    #expect(access(bench.scratch("workspace/sub"), F_OK) != 0)
  }

  @Test func aDirectoryThatIsNotEmptyIsRefusedUnlessReuseIsAskedFor() async throws {
    let bench = try await Workbench()
    try bench.scratch.write("precious\n", to: "workspace/thesis.txt")
    let error = await checkoutError { try await bench.checkOut(existing: .refuse) }
    #expect(error?.code == .directoryInUse)
    #expect(try bench.text("thesis.txt") == "precious\n")
    // What a killed checkout has begun is replaced.
    try bench.scratch.write("", to: "half/.git/journeyman-partial")
    try bench.scratch.write("half", to: "half/file.txt")
    try await bench.checkOut(into: "half", existing: .refuse)
    #expect(try bench.text("file.txt", in: "half") == "one\n")
  }

  @Test func aFailedCheckoutLeavesNothing() async throws {
    let bench = try await Workbench()
    _ = await checkoutError { try await bench.checkOut("nothing", into: "new", existing: .refuse) }
    #expect(access(bench.scratch("new"), F_OK) != 0)
    try FileSystem.makeDirectories(bench.scratch("empty"))
    _ = await checkoutError { try await bench.checkOut("nothing", into: "empty") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.scratch("empty")).isEmpty)
  }
}
