import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import JourneymanSupport
import TestSupport
import Testing

/// Digests, Markdown, YAML and archives, compared with the tools of the machine.
@Suite struct DocumentTests {
  private final class Scratch: Sendable {
    let path = NSTemporaryDirectory() + "journeyman-documents-\(UUID().uuidString)"
    init() throws { try FileSystem.makeDirectories(path) }
    deinit { try? FileSystem.removeTree(path) }

    func file(_ name: String, _ bytes: [UInt8]) throws -> ActionFile {
      try FileSystem.writeAtomically(bytes, to: path + "/" + name)
      return try WorkspaceFiles(directory: path).open(name)
    }
  }

  @Test func digestsAreThoseOfCoreutils() async throws {
    let scratch = try Scratch()
    let file = try scratch.file("a", (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let digests = try await FileDigest.digests(of: file, Set(DigestAlgorithm.allCases))
    for algorithm in DigestAlgorithm.allCases {
      let peer = try await TestProgram.run("/usr/bin/\(algorithm.rawValue)sum", [scratch.path + "/a"])
      #expect(digests[algorithm].map(FileDigest.hexadecimal) == String(peer.output.prefix { $0 != " " }))
    }
  }

  /// RFC 4231, test case 2.
  @Test func theMACIsThatOfTheStandard() throws {
    let mac = try FileDigest.hmacSHA256(Array("what do ya want for nothing?".utf8), key: PluginSecret("Jefe"))
    #expect(FileDigest.hexadecimal(mac) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  @Test func markdownHasTablesAndNoRawHTML() throws {
    let html = try Markdown.html(
      "# A\n\n| a | b |\n|---|---|\n| 1 | ~~2~~ |\n\n<script>x</script> [l](javascript:x)\n- [x] done\n")
    for part in ["<h1>A</h1>", "<td>1</td>", "<del>2</del>", "type=\"checkbox\""] {
      #expect(html.contains(part), "\(html)")
    }
    #expect(!html.contains("<script>") && !html.contains("javascript:"))
    #expect(try Markdown.html("a", keepsPositions: true).contains("data-sourcepos=\"1:1-1:1\""))
  }

  @Test func documentsKeepTextsOrderAndLines() throws {
    let node = try DataNode(Array("b: 3.10\na:\n  - yes\n  - 'true'\n  - true\n".utf8))
    #expect(node.entries?.map(\.key) == ["b", "a"])
    #expect(node["b"]?.text == "3.10" && node["b"]?.number == 3.1)
    #expect(node["a"]?.items?.map(\.line) == [3, 4, 5])
    #expect(node["a"]?.items?.map(\.boolean) == [nil, nil, true])
    #expect(try DataNode(Array(#"{"x": [1, {"y": null}]}"#.utf8))["x"]?.items?.count == 2)
    do {
      _ = try DataNode(Array("a: 1\nb: [\n".utf8))
      Issue.record("this is no YAML")
    } catch {
      #expect(error.code == .malformed && (error.line ?? 0) >= 2)
    }
  }

  @Test(arguments: [["zip", "-q", "-r", "x.zip", "p"], ["tar", "czf", "x.tgz", "p"], ["tar", "cJf", "x.txz", "p"]])
  func archivesOfTheMachineAreLookedInto(command: [String]) async throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories(scratch.path + "/p")
    _ = try scratch.file("p/METADATA", Array("Name: shop\n".utf8))
    _ = try scratch.file("p/large", [UInt8](repeating: 0, count: 3_000_000))
    symlink("/etc/passwd", scratch.path + "/p/link")
    let program = try #require(TestProgram.find(command[0]))
    let packed = try await TestProgram.run(program, Array(command.dropFirst()), directory: scratch.path)
    try #require(packed.status == 0, "\(packed.errors)")
    let name = try #require(command.first { $0.hasPrefix("x.") })
    let archive = try WorkspaceFiles(directory: scratch.path).open(name)
    let found = try await ArchiveListing.read(archive) { $0.hasSuffix("METADATA") }
    #expect(found.map(\.path) == ["p/METADATA"])
    #expect(found.first?.content == Array("Name: shop\n".utf8))
    await #expect(throws: SupportError.self) { try await ArchiveListing.read(archive) { $0.hasSuffix("large") } }
    await #expect(throws: SupportError.self) { try await ArchiveListing.read(archive, entryLimit: 1) { _ in false } }
    let damaged = try scratch.file(
      "damaged", Array(try FileSystem.read(scratch.path + "/" + name, limit: 1 << 24).prefix(150)))
    await #expect(throws: SupportError.self) { try await ArchiveListing.read(damaged) { _ in true } }
  }
}
