import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import JourneymanSupport
import TestSupport
import Testing

/// Archives that become files: everything they hold that may be held, and nothing beyond.
@Suite struct ArchiveExtractionTests {
  /// A directory with a tree to pack and an empty one to unpack into.
  private final class Place: Sendable {
    let path = NSTemporaryDirectory() + "journeyman-extraction-\(UUID().uuidString)"

    init() throws {
      for name in ["/tree/inner", "/out"] { try FileSystem.makeDirectories(path + name) }
      try FileSystem.writeAtomically(Array("one".utf8), to: path + "/tree/inner/a", mode: 0o640)
      try FileSystem.writeAtomically(Array("program".utf8), to: path + "/tree/run", mode: 0o755)
      symlink("inner/a", path + "/tree/link")
    }

    deinit { try? FileSystem.removeTree(path) }

    func pack(_ command: String) async throws -> ActionFile {
      let packed = try await TestProgram.run("/bin/sh", ["-c", command], directory: path + "/tree")
      try #require(packed.status == 0, "\(packed.errors)")
      return try WorkspaceFiles(directory: path).open("archive")
    }
  }

  @Test(arguments: [
    "tar -cf ../archive .", "tar -czf ../archive .", "tar -cJf ../archive *", "tar --zstd -cf ../archive .",
    "zip -qry ../archive.zip . && mv ../archive.zip ../archive",
  ]) func everyFormatIsUnpacked(_ command: String) async throws {
    let place = try Place()
    let file = try await place.pack(command)
    #expect(try await ArchiveExtraction.unpack(file, into: place.path + "/out") >= 4)
    let out = place.path + "/out"
    #expect(try FileSystem.read(out + "/inner/a", limit: 100) == Array("one".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: out + "/link") == "inner/a")
    var status = stat()
    try #require(lstat(out + "/run", &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o755)
  }

  @Test func limitsHold() async throws {
    let place = try Place()
    let file = try await place.pack("tar -cf ../archive .")
    for limits in [ArchiveExtraction.Limits(entries: 3), ArchiveExtraction.Limits(bytes: 5)] {
      await #expect {
        _ = try await ArchiveExtraction.unpack(file, into: place.path + "/out", limits: limits)
      } throws: {
        ($0 as? SupportError)?.code == .limit
      }
    }
  }

  @Test func aStoppedTaskStops() async throws {
    let place = try Place()
    let file = try await place.pack("head -c 50000000 /dev/zero >zero && tar -czf ../archive .")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await ArchiveExtraction.unpack(file, into: place.path + "/out")
    }
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }

  @Test func whatIsNoArchiveIsRefused() async throws {
    let place = try Place()
    let file = try await place.pack("echo nothing >../archive")
    await #expect(throws: SupportError.self) { _ = try await ArchiveExtraction.unpack(file, into: place.path + "/out") }
  }

  @Test func aStrictDocumentHasEachKeyOnce() throws {
    let text = Array("a: 1\nb:\n  c: 1\n  c: 2\n".utf8)
    #expect(try DataNode(text)["b"]?["c"]?.text == "2")
    #expect { try DataNode(text, isStrict: true) } throws: { ($0 as? SupportError)?.line == 4 }
    #expect(throws: SupportError.self) { try DataNode(Array("a: 1\n---\nb: 2\n".utf8), isStrict: true) }
    #expect(try DataNode(Array("a: 1\n".utf8), isStrict: true)["a"]?.text == "1")
  }
}
