import Foundation
import JourneymanActionKit
import JourneymanSupport
import Testing

/// What a plugin can read, and what it cannot.
@Suite struct WorkspaceFilesTests {
  private final class Tree: Sendable {
    let path = NSTemporaryDirectory() + "journeyman-kit-\(UUID().uuidString)"

    init(_ files: [String: String]) throws {
      for (name, text) in files {
        try FileSystem.makeDirectories(PathName.directory(of: path + "/root/" + name))
        try FileSystem.writeAtomically(Array(text.utf8), to: path + "/root/" + name)
      }
      try FileSystem.writeAtomically(Array("outside".utf8), to: path + "/outside")
    }

    deinit { try? FileSystem.removeTree(path) }
  }

  @Test func filesAreFoundByPatternsAndRead() async throws {
    let tree = try Tree(["a.xml": "1", "deep/er/b.xml": "22", "deep/c.txt": "3", ".hidden.xml": "4"])
    let files = try WorkspaceFiles(directory: tree.path + "/root")
    #expect(try await files.find(["**/*.xml"]) == [".hidden.xml", "a.xml", "deep/er/b.xml"])
    #expect(try await files.find(["**/*"], excluding: ["deep/**/*"]) == [".hidden.xml", "a.xml"])
    #expect(try await files.find(["deep/{c,d}.txt", "*.xml"]) == [".hidden.xml", "a.xml", "deep/c.txt"])
    #expect(try await files.read("deep/er/b.xml", limit: 2) == Array("22".utf8))
    #expect(try files.open(tree.path + "/root/a.xml").bytes(at: 0, count: 10) == Array("1".utf8))
    await #expect(throws: PluginError.self) { try await files.read("deep/er/b.xml", limit: 1) }
  }

  @Test(arguments: ["../outside", "link", "linked/passwd", "/etc/passwd", "up/../../outside", "pipe"])
  func nothingOutsideIsOpened(path: String) async throws {
    let tree = try Tree(["up/a": "1"])
    symlink(tree.path + "/outside", tree.path + "/root/link")
    symlink("/etc", tree.path + "/root/linked")
    mkfifo(tree.path + "/root/pipe", 0o644)
    let files = try WorkspaceFiles(directory: tree.path + "/root")
    #expect(throws: PluginError.self) { try files.open(path) }
    #expect(try await files.find(["**/*"]) == ["up/a"])
  }

  @Test func linksWithinTheDirectoryAreFollowedToFiles() async throws {
    let tree = try Tree(["real/a": "1"])
    symlink("real/a", tree.path + "/root/alias")
    symlink("real", tree.path + "/root/loop")
    let files = try WorkspaceFiles(directory: tree.path + "/root")
    #expect(try await files.find(["**/*"]) == ["alias", "real/a"])
    #expect(try await files.read("alias", limit: 10) == Array("1".utf8))
  }

  @Test(arguments: ["../x", "/etc/x", "a/../../x", "", "a\0b"])
  func outputsStayInTheirDirectory(path: String) async throws {
    let tree = try Tree(["a": "1"])
    let output = OutputFiles(path: tree.path + "/root")
    await #expect(throws: PluginError.self) { try await output.write("x", to: path) }
    try await output.write("text", to: "new/deep/file")
    #expect(try FileSystem.read(tree.path + "/root/new/deep/file", limit: 10) == Array("text".utf8))
  }
}
