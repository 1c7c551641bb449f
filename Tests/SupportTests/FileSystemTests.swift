import Foundation
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct FileSystemTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func writesAndReadsWithinALimit() throws {
    let path = directory.path + "/file"
    try FileSystem.writeAtomically(Array("hello".utf8), to: path, mode: 0o640)
    #expect(try FileSystem.read(path, limit: 5) == Array("hello".utf8))
    #expect(#expect(throws: SystemError.self) { try FileSystem.read(path, limit: 4) }?.number == EFBIG)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640 & ~currentMask)
  }

  private var currentMask: mode_t {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("Umask:") }
    return line.flatMap { mode_t($0.dropFirst(6).trimmingCharacters(in: .whitespaces), radix: 8) } ?? 0o022
  }

  @Test func replacesAFileWholeAndLeavesNoParts() throws {
    let path = directory.path + "/file"
    try FileSystem.writeAtomically(Array("old".utf8), to: path)
    try FileSystem.writeAtomically(Array("new".utf8), to: path)
    #expect(try FileSystem.read(path, limit: 10) == Array("new".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["file"])
    mkdir(directory.path + "/taken", 0o700)
    #expect(throws: SystemError.self) { try FileSystem.writeAtomically([1], to: directory.path + "/taken") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["file", "taken"])
  }

  @Test func doesNotWaitForAPipeThatStandsForAFile() throws {
    mkfifo(directory.path + "/pipe", 0o600)
    #expect(try FileSystem.read(directory.path + "/pipe", limit: 10) == [])
  }

  @Test func makesDirectoriesThatAreMissing() throws {
    try FileSystem.makeDirectories(directory.path + "/a/b/c", mode: 0o700)
    try FileSystem.makeDirectories(directory.path + "/a/b/c")
    #expect(directory.has("a/b/c"))
    try directory.write("x", to: "file")
    #expect(throws: SystemError.self) { try FileSystem.makeDirectories(directory.path + "/file") }
    #expect(throws: SystemError.self) { try FileSystem.makeDirectories(directory.path + "/file/below") }
  }

  @Test(arguments: ["../outside", "link/file", "/etc/passwd", "inner/../../outside", "absolute"])
  func opensNothingOutside(path: String) throws {
    try FileSystem.makeDirectories(directory.path + "/root/inner")
    try directory.write("x", to: "outside")
    try directory.write("x", to: "root/inner/file")
    symlink("..", directory.path + "/root/link")
    symlink(directory.path + "/outside", directory.path + "/root/absolute")
    let root = try FileSystem.open(directory.path + "/root", flags: O_RDONLY | O_DIRECTORY)
    for follows in [false, true] {
      #expect(throws: SystemError.self) {
        _ = try FileSystem.openBeneath(root.number, path, flags: O_RDONLY, followSymlinks: follows)
      }
    }
    _ = try FileSystem.openBeneath(root.number, "inner/file", flags: O_RDONLY)
  }

  @Test func followsLinksInsideOnlyWhenAsked() throws {
    try FileSystem.makeDirectories(directory.path + "/root/inner")
    try directory.write("x", to: "root/inner/file")
    symlink("inner", directory.path + "/root/link")
    let root = try FileSystem.open(directory.path + "/root", flags: O_RDONLY | O_DIRECTORY)
    _ = try FileSystem.openBeneath(root.number, "link/file", flags: O_RDONLY, followSymlinks: true)
    let error = #expect(throws: SystemError.self) {
      _ = try FileSystem.openBeneath(root.number, "link/file", flags: O_RDONLY)
    }
    #expect(error?.number == ELOOP)
  }

  @Test func opensCloseOnExec() throws {
    let file = try FileSystem.open("/dev/null", flags: O_RDONLY)
    #expect(fcntl(file.number, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(try file.duplicate().number, F_GETFD) & FD_CLOEXEC != 0)
  }

  @Test func saysWhatItTriedAndWhyItFailed() {
    let error = #expect(throws: SystemError.self) { try FileSystem.read("/not/there", limit: 1) }
    #expect(error?.description == "cannot open /not/there: No such file or directory")
  }
}
