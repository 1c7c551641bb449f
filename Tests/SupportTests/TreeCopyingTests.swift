import Foundation
import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct TreeCopyingTests {
  @Test func copiesContentsModesTimesAndLinksAndLeavesTheSourceAlone() throws {
    let root = NSTemporaryDirectory() + "copy-\(UInt64.random(in: .min ... .max))"
    defer { try? FileSystem.removeTree(root) }
    try FileSystem.makeDirectories(root + "/from/deep/er")
    try FileSystem.writeAtomically(Array("run".utf8), to: root + "/from/deep/tool", mode: 0o755)
    try FileSystem.writeAtomically(Array(repeating: 7, count: 300_000), to: root + "/from/big")
    #expect(symlink("../missing", root + "/from/deep/link") == 0)
    #expect(mkfifo(root + "/from/fifo", 0o600) == 0)
    #expect(chmod(root + "/from/deep/er", 0o555) == 0)
    var times = [timespec(tv_sec: 1_000_000, tv_nsec: 5), timespec(tv_sec: 2_000_000, tv_nsec: 7)]
    #expect(utimensat(AT_FDCWD, root + "/from/big", &times, 0) == 0)

    #expect(try FileSystem.copyTree(from: root + "/from", to: root + "/to") == 3)

    #expect(try FileSystem.read(root + "/to/big", limit: 1 << 20) == Array(repeating: 7, count: 300_000))
    var status = stat()
    #expect(stat(root + "/to/deep/tool", &status) == 0 && status.st_mode & 0o777 == 0o755)
    #expect(stat(root + "/to/deep/er", &status) == 0 && status.st_mode & 0o777 == 0o555)
    #expect(stat(root + "/to/big", &status) == 0 && status.st_mtim.tv_sec == 2_000_000 && status.st_mtim.tv_nsec == 7)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: root + "/to/deep/link") == "../missing")
    #expect(access(root + "/to/fifo", F_OK) != 0)
  }

  @Test func stopsWhenItIsCancelled() throws {
    let root = NSTemporaryDirectory() + "copy-\(UInt64.random(in: .min ... .max))"
    defer { try? FileSystem.removeTree(root) }
    try FileSystem.makeDirectories(root + "/from/a")
    #expect(throws: SystemError.self) {
      try FileSystem.copyTree(from: root + "/from", to: root + "/to", isCancelled: { true })
    }
  }
}
