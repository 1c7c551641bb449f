import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import JourneymanSupport
import Testing

/// A directory of a workspace that somebody goes on changing while it is copied.
@Suite struct SourceTreeTests {
  private final class Place: Sendable {
    let path = NSTemporaryDirectory() + "source-tree-\(UUID().uuidString)"
    init() throws {
      for name in ["/workspace/dist/sub", "/target"] { try FileSystem.makeDirectories(path + name) }
      try write("top", to: "workspace/dist/file")
      try write("below", to: "workspace/dist/sub/file")
      try write("secret", to: "outside/file")
    }
    deinit { try? FileSystem.removeTree(path) }
    func write(_ text: String, to file: String) throws {
      try FileSystem.makeDirectories(PathName.directory(of: path + "/" + file))
      try FileSystem.writeAtomically(Array(text.utf8), to: path + "/" + file)
    }
    func text(_ file: String) -> String? { try? String(contentsOfFile: path + "/" + file, encoding: .utf8) }
  }

  private let place: Place
  private let workspace: WorkspaceFiles
  init() throws {
    place = try Place()
    workspace = try WorkspaceFiles(directory: place.path + "/workspace")
  }

  @Test func `contents, modes, times and links are copied`() async throws {
    let file = place.path + "/workspace/dist/sub/file"
    chmod(file, 0o4751)
    chmod(place.path + "/workspace/dist/sub", 0o2570)
    var times = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
    utimes(file, &times)
    symlink("sub/../sub/file", place.path + "/workspace/dist/link")
    symlink("nowhere", place.path + "/workspace/dist/dangling")
    symlink("loop", place.path + "/workspace/dist/loop")
    let tree = try await SourceTree("dist", of: workspace)
    #expect(tree.entries.map(\.shown) == ["dangling", "file", "link", "loop", "sub", "sub/file"])
    #expect(tree.fileCount == 5 && tree.totalSize == 8)
    try await tree.copy(to: place.path + "/target")
    #expect(place.text("target/link") == "below")
    var status = stat()
    #expect(lstat(place.path + "/target/sub/file", &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o751)
    #expect(status.st_mtim.tv_sec == 1_000_000_000)
    #expect(lstat(place.path + "/target/sub", &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o770)
  }

  @Test(arguments: ["../outside", "/etc", "missing", "file", "out"])
  func `only directories of the workspace can be listed`(name: String) async throws {
    symlink("../outside", place.path + "/workspace/out")
    await #expect(throws: PluginError.self) { try await SourceTree(name, of: workspace) }
  }

  @Test func `an absolute path as the build sees it is one of the workspace`() async throws {
    let tree = try await SourceTree(place.path + "/workspace/dist/sub", of: workspace)
    #expect(tree.entries.map(\.shown) == ["file"])
  }

  @Test(arguments: ["file", "sub", "fifo"]) func `what is swapped for a link or a pipe is not read`(what: String)
    async throws
  {
    let tree = try await SourceTree("dist", of: workspace)
    let dist = place.path + "/workspace/dist"
    switch what {
    case "file":
      unlink(dist + "/file")
      symlink("../../outside/file", dist + "/file")
    case "sub":
      try FileSystem.removeTree(dist + "/sub")
      symlink("../../outside", dist + "/sub")
    default:
      unlink(dist + "/file")
      mkfifo(dist + "/file", 0o600)
    }
    await #expect(throws: PluginError.self) { try await tree.copy(to: place.path + "/target") }
    for file in ["file", "sub/file"] { #expect(place.text("target/" + file) != "secret") }
  }

  @Test func `nothing that is there already is written over, and no link is followed`() async throws {
    let tree = try await SourceTree("dist", of: workspace)
    symlink("../outside/file", place.path + "/target/file")
    await #expect(throws: PluginError.self) { try await tree.copy(to: place.path + "/target") }
    #expect(place.text("outside/file") == "secret")
    symlink("outside", place.path + "/linked")
    await #expect(throws: PluginError.self) { try await tree.copy(to: place.path + "/linked") }
  }
}
