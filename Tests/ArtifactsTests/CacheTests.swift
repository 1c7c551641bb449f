import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanArtifacts

@Suite(.takingTurns) struct CacheTests {
  private let store: TemporaryTree
  private let workspace: TemporaryTree
  private let home: TemporaryTree
  private let lines = Lines()

  init() throws {
    store = try TemporaryTree()
    workspace = try TemporaryTree()
    home = try TemporaryTree()
  }

  private var cache: CacheStore { CacheStore(directory: store.path + "/cache") { lines.add($0) } }

  /// Calls `body` with roots whose descriptors stay open meanwhile.
  private func withRoots<Value>(
    _ workspace: TemporaryTree? = nil, _ body: (CacheRoots) throws -> Value
  ) throws -> Value {
    let first = try (workspace ?? self.workspace).open()
    let second = try home.open()
    return try body(
      CacheRoots(
        workspace: CacheRoot(name: "workspace", visiblePath: "/codebuild/src", descriptor: first.number),
        home: CacheRoot(name: "home", visiblePath: "/root", descriptor: second.number)))
  }

  private func save(_ key: String?, _ paths: [String]) throws -> CacheStore.Saved {
    try withRoots { try cache.save(key: key, paths: paths, from: $0) }
  }

  private func restore(_ key: String?, _ fallback: [String] = []) throws -> CacheStore.Restored? {
    try withRoots { try cache.restore(key: key, fallbackKeys: fallback, into: $0) }
  }

  private func clear() throws {
    for tree in [workspace, home] {
      try FileSystem.removeTree(tree.path)
      try FileSystem.makeDirectories(tree.path)
    }
  }

  @Test func treesOfAllRootsComeBackAsTheyWere() async throws {
    try workspace.write("node_modules/a/index.js", "a", mode: 0o644)
    try workspace.write("node_modules/.bin/real", "#!", mode: 0o4755)
    try workspace.link("node_modules/.bin/tool", to: "../a/index.js")
    try workspace.link("node_modules/absolute", to: "/usr/bin/env")
    try workspace.makeDirectory("node_modules/empty")
    try workspace.write("src/main.js", "not cached")
    try home.write(".m2/repository/x.jar", "jar")
    try home.write(".cache/pip/wheel", "wheel")
    try home.write(".other", "not cached")
    #expect(
      try await shell("touch -d '2020-01-02 03:04:05 UTC' '\(workspace.path)/node_modules/a/index.js'").status == 0)
    let saved = try save("k", ["node_modules", "/root/.m2/**/*", "~/.cache/pip", "/var/lib/x", "../up", "gone"])
    #expect(lines.all.filter { $0.contains("outlives") }.count == 2)
    guard case .saved(let entries, let bytes) = saved else { throw Unexpected("\(saved)") }
    #expect(bytes > 0)
    try clear()
    let restored = try #require(try restore("k"))
    #expect(restored == .init(key: "k", isExact: true, entries: entries))
    #expect(try workspace.read("node_modules/a/index.js") == "a")
    #expect(workspace.mode("node_modules/.bin/real") == 0o755, "the set-user-ID bit is gone")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: workspace.path + "/node_modules/absolute")
        == "/usr/bin/env")
    #expect(workspace.exists("node_modules/.bin/tool"))
    #expect(workspace.exists("node_modules/empty"))
    #expect(try home.read(".m2/repository/x.jar") == "jar")
    #expect(try home.read(".cache/pip/wheel") == "wheel")
    #expect(!workspace.exists("src") && !home.exists(".other"))
    let time = try await shell("TZ=UTC stat -c %y '\(workspace.path)/node_modules/a/index.js'").output
    #expect(time.hasPrefix("2020-01-02 03:04:05"))
  }

  @Test func anEntryNeverChangesAndFallbacksTakeTheNewestMatch() throws {
    for (key, text) in [("npm-1", "one"), ("npm-2", "two"), ("pip-1", "pip")] {
      try workspace.write("dir/file", text)
      guard case .saved = try save(key, ["dir"]) else { throw Unexpected(key) }
    }
    try workspace.write("dir/file", "changed")
    #expect(try save("npm-1", ["dir"]) == .exists)
    #expect(try restore("npm-1")?.isExact == true)
    #expect(try workspace.read("dir/file") == "one")
    #expect(try restore("npm-3", ["none-", "npm-", "pip-"]) == .init(key: "npm-2", isExact: false, entries: 2))
    #expect(try workspace.read("dir/file") == "two")
    #expect(try restore("npm") == nil, "a key is not a prefix")
    #expect(try restore("npm-3", ["", "x"]) == nil)
  }

  @Test func withoutAKeyTheEntryIsRenewed() throws {
    try workspace.write("dir/file", "one")
    _ = try save(nil, ["dir"])
    try workspace.write("dir/file", "two")
    guard case .saved = try save(nil, ["dir"]) else { throw Unexpected("not renewed") }
    try clear()
    #expect(try restore(nil, ["ignored"]) != nil)
    #expect(try workspace.read("dir/file") == "two")
    #expect(try archives().count == 1, "the archive of the old entry is gone")
    #expect(try restore("some", [""]) == nil, "no key reaches the entry without a name")
  }

  @Test func nothingToKeepIsNoEntry() throws {
    #expect(try save("k", ["gone", "**/*.o"]) == .nothing)
    #expect(try restore("k") == nil)
    #expect(!store.exists("cache"))
  }

  @Test func linksInTheWayAreNotWrittenThrough() throws {
    let victim = try TemporaryTree()
    try victim.write("index.js", "safe")
    try workspace.write("node_modules/index.js", "cached")
    try workspace.write("top", "cached")
    _ = try save("k", ["node_modules", "top"])
    try clear()
    try workspace.link("node_modules", to: victim.path)
    try workspace.link("top", to: victim.path + "/index.js")
    _ = try restore("k")
    #expect(try victim.read("index.js") == "safe")
    #expect(try workspace.read("top") == "cached", "a link where a file goes is replaced")
    #expect(lines.all.contains { $0.hasPrefix("Skipping node_modules/index.js") })
  }

  @Test(arguments: [
    "../escape", "/absolute/path", "workspace/../../escape", "workspace/a/../../../escape", "workspace//x",
  ])
  func archivesThatLeadOutOfTheirRootWriteNothing(name: String) throws {
    try workspace.write("dir/file", "one")
    _ = try save("k", ["dir"])
    try replaceArchive { writer in
      try writer.begin(Array(name.utf8)[...], .file, size: 4, mode: 0o644, time: nil)
      try "evil".utf8CString.withUnsafeBytes { try writer.data(UnsafeRawBufferPointer(rebasing: $0[..<4])) }
    }
    try clear()
    #expect(try restore("k")?.entries == 0)
    #expect(!workspace.exists("../escape") && !workspace.exists("escape") && access("/escape", F_OK) != 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path).isEmpty)
  }

  @Test func archivesWithALinkBeforeAFileBeneathItWriteNothingOutside() throws {
    let victim = try TemporaryTree()
    try workspace.write("dir/file", "one")
    _ = try save("k", ["dir"])
    try replaceArchive { writer in
      try writer.begin(
        Array("workspace/l".utf8)[...], .symbolicLink(Array(victim.path.utf8)), size: 0, mode: 0, time: nil)
      try writer.begin(Array("workspace/l/file".utf8)[...], .file, size: 0, mode: 0o644, time: nil)
    }
    try clear()
    _ = try restore("k")
    #expect(!victim.exists("file"))
  }

  @Test func moreThanWasSavedAndDamagedArchivesAreErrors() throws {
    try workspace.write("dir/file", "one")
    _ = try save("k", ["dir"])
    try replaceArchive { writer in
      try writer.begin(Array("workspace/bomb".utf8)[...], .file, size: 1 << 20, mode: 0o644, time: nil)
      try [UInt8](repeating: 0, count: 1 << 20).withUnsafeBytes { try writer.data($0) }
    }
    #expect(throws: ArtifactError.self) { try restore("k") }
    let archive = try #require(try archives().first)
    let path = store.path + "/cache/archives/" + archive
    var bytes = try FileSystem.read(path, limit: 1 << 20)
    for at in bytes.indices.dropFirst(4) { bytes[at] ^= 0x55 }
    try FileSystem.writeAtomically(bytes, to: path)
    let damaged = #expect(throws: ArtifactError.self) { try restore("k") }
    #expect(damaged?.code == .malformedArchive)
    try FileSystem.writeAtomically(Array(bytes.dropLast()), to: path)
    #expect(throws: ArtifactError.self) { try restore("k") }
  }

  @Test func theOldestEntriesMakeRoom() async throws {
    var generator = SeededBytes(seed: 11)
    let small = CacheStore(directory: store.path + "/cache", limit: 250_000) { _ in }
    for number in 1...4 {
      try workspace.write("dir/file", generator.next(100_000))
      _ = try withRoots { try small.save(key: "k\(number)", paths: ["dir"], from: $0) }
      // Entries are used in turn, not within one second of each other.
      let age = 100 - number * 10
      #expect(try await shell("touch -d '-\(age) seconds' '\(store.path)'/cache/index/*").status == 0)
      if number == 2 { _ = try restore("k1") }
    }
    let left = try ["k1", "k2", "k3", "k4"].filter { try restore($0) != nil }
    #expect(left.contains("k4") && left.count == 2, "\(left)")
    #expect(try archives().count == 2)
    try workspace.write("dir/file", generator.next(300_000))
    let tooLarge = #expect(throws: ArtifactError.self) {
      try withRoots { try small.save(key: "big", paths: ["dir"], from: $0) }
    }
    #expect(tooLarge?.code == .limitExceeded)
    #expect(try archives().count == 2)
  }

  @Test func whatADeadWriterLeftIsRemovedAndALivingOneIsNot() throws {
    try workspace.write("dir/file", "one")
    _ = try save("k", ["dir"])
    try store.write("cache/archives/dead.tar.zst", "half")
    let index = CacheIndex(directory: store.path + "/cache")
    let living = try CacheDraft(in: index)
    try workspace.write("dir/file", "two")
    _ = try save("k2", ["dir"])
    #expect(!store.exists("cache/archives/dead.tar.zst"))
    #expect(store.exists("cache/archives/" + living.name))
  }

  @Test func buildsSaveAndRestoreAtOnceWithoutTearing() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        let directory = store.path + "/cache"
        group.addTask {
          try await runBlocking {
            let tree = try TemporaryTree()
            let empty = try TemporaryTree()
            for round in 0..<6 {
              let text = "\(writer)-\(round) "
              try tree.write("dir/a", String(repeating: text, count: 2000))
              try tree.write("dir/b", String(repeating: text, count: 2000))
              let root = try tree.open()
              let roots = CacheRoots(workspace: CacheRoot(name: "w", visiblePath: "/w", descriptor: root.number))
              let cache = CacheStore(directory: directory, limit: 1 << 16) { _ in }
              _ = try cache.save(
                key: round.isMultiple(of: 2) ? nil : "key-\(writer)-\(round)", paths: ["dir"], from: roots)
              let target = try empty.open()
              let other = CacheRoots(workspace: CacheRoot(name: "w", visiblePath: "/w", descriptor: target.number))
              if try cache.restore(key: round.isMultiple(of: 3) ? nil : "x", fallbackKeys: ["key-"], into: other) != nil
              {
                #expect(try empty.read("dir/a") == empty.read("dir/b"), "both files are of one build")
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func keysAreBounded() throws {
    try workspace.write("dir/file", "one")
    #expect(throws: ArtifactError.self) { try save("", ["dir"]) }
    #expect(throws: ArtifactError.self) { try save(String(repeating: "k", count: 5000), ["dir"]) }
    #expect(throws: ArtifactError.self) { try save("\0unnamed", ["dir"]) }
    guard case .saved = try save("with/slash and ü", ["dir"]) else { throw Unexpected("not saved") }
    #expect(try restore("with/slash and ü") != nil)
  }

  private func archives() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: store.path + "/cache/archives")
  }

  /// Puts another archive where the only entry's was, as somebody who controls the cache directory's content could.
  private func replaceArchive(_ body: (ArchiveWriter) throws -> Void) throws {
    let sink = MemorySink()
    let writer = try ArchiveWriter(format: .tarZstd, level: 3, threads: 1, sink: sink)
    try body(writer)
    try writer.close()
    let index = CacheIndex(directory: store.path + "/cache")
    var entry = try #require(index.entries().first).entry
    try FileSystem.writeAtomically(sink.bytes, to: index.archivesPath + "/" + entry.archive)
    entry.archiveBytes = Int64(sink.bytes.count)
    entry.unpackedBytes = 1000
    entry.entries = 10
    try index.publish(entry)
  }
}

/// What a test did not expect.
struct Unexpected: Error {
  let what: String
  init(_ what: String) { self.what = what }
}
