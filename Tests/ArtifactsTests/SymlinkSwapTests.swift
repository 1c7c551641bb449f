import Foundation
import JourneymanSupport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanArtifacts

/// A build that swaps files and directories for links while they are collected and packed must not get anything into
/// the artifact that lies outside of the workspace.
@Suite(.takingTurns) struct SymlinkSwapTests {
  private static let secret = "SECRET-OF-THE-HOST-\(UUID().uuidString)"

  @Test func swapsDuringCollectionReadNothingOutside() throws {
    let outside = try TemporaryTree()
    try outside.write("file", Self.secret)
    try outside.write("sub/file", Self.secret)
    let tree = try TemporaryTree()
    try tree.write("dir/file", "inside")
    try tree.write("dir/sub/file", "inside")
    let stop = Atomic(false)
    let swaps = Atomic(0)
    let path = tree.path
    try withThread {
      while !stop.load(ordering: .relaxed) {
        // A directory becomes a link and back; then a file.
        rename(path + "/dir", path + "/aside")
        symlink(outside.path, path + "/dir")
        unlink(path + "/dir")
        rename(path + "/aside", path + "/dir")
        rename(path + "/dir/file", path + "/dir/kept")
        symlink(outside.path + "/file", path + "/dir/file")
        unlink(path + "/dir/file")
        rename(path + "/dir/kept", path + "/dir/file")
        swaps.add(1, ordering: .relaxed)
      }
    } while: {
      defer { stop.store(true, ordering: .relaxed) }
      let isFull = ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1"
      var packed = 0
      var refused = 0
      let root = try tree.open()
      while packed + refused < (isFull ? 20_000 : 1500) || packed == 0 || swaps.load(ordering: .relaxed) < 100 {
        let sink = MemorySink()
        do {
          let collection = try ArtifactCollector(root: root.number, workspacePath: "/") { _ in }
            .collect(.init(files: ["**/*", "dir/file", "dir/sub/*"], enableSymlinks: packed.isMultiple(of: 2)))
          try ArchivePackager(format: .tarZstd, level: 1).write(collection, beneath: root.number, into: sink)
          packed += 1
        } catch is ArtifactError {
          refused += 1
          continue
        }
        try outside.write("packed.tar.zst", sink.bytes)
        let archive = try FileSystem.open(outside.path + "/packed.tar.zst", flags: O_RDONLY)
        let reader = try ArchiveReader(descriptor: archive.number)
        while let header = try reader.next() {
          var content: [UInt8] = []
          while let block = try reader.data() { content += block }
          if case .file = header.kind { #expect(String(decoding: content, as: UTF8.self) == "inside") }
        }
      }
    }
  }

  /// Runs `background` on a thread of its own for as long as `body` takes.
  private func withThread(
    _ background: @escaping @Sendable () -> Void, while body: () throws -> Void
  ) throws {
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread { @Sendable in
      background()
      done.signal()
    }
    defer { done.wait() }
    try body()
  }
}
