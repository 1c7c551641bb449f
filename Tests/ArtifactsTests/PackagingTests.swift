import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanArtifacts

@Suite(.takingTurns) struct PackagingTests {
  private let tree: TemporaryTree
  private let output: TemporaryTree

  init() throws {
    tree = try TemporaryTree()
    output = try TemporaryTree()
  }

  private func makeMixedTree() throws {
    try tree.write("bin/tool", "#!/bin/sh\necho hello\n", mode: 0o755)
    try tree.write("bin/.config", "a = 1\n", mode: 0o600)
    try tree.write("ünï/数据.txt", "snow ☃\n")
    try tree.write("with space/and\nnewline", "odd")
    try tree.write("empty")
    try tree.write("zeros", [UInt8](repeating: 0, count: 3_000_000))
    var generator = SeededBytes(seed: 7)
    try tree.write("random.bin", generator.next(1_500_000))
    try tree.write(String(repeating: "long/", count: 60) + "name", "deep")
    try tree.link("bin/alias", to: "tool")
  }

  private func pack(
    _ format: ArchiveFormat, as name: String, threads: Int? = nil, links: Bool = true, keepsTimes: Bool = false
  ) throws -> String {
    let root = try tree.open()
    let collection = try ArtifactCollector(root: root.number, workspacePath: "/") { _ in }
      .collect(.init(files: ["**/*"], enableSymlinks: links))
    let path = output.path + "/" + name
    let file = try FileSystem.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    let sink = DescriptorSink(file.number, name: path)
    try ArchivePackager(format: format, keepsTimes: keepsTimes, threads: threads)
      .write(collection, beneath: root.number, into: sink)
    try sink.finish()
    return path
  }

  private func bytes(_ path: String) throws -> [UInt8] { try FileSystem.read(path, limit: 1 << 26) }

  @Test(.enabled(if: isInstalled("unzip"))) func unzipReadsWhatWasPacked() async throws {
    try makeMixedTree()
    let archive = try pack(.zip, as: "a.zip")
    let test = try await shell("LC_ALL=C.UTF-8 unzip -tq '\(archive)'")
    #expect(test.status == 0, "\(test.output)")
    let unpack = try await shell(
      "mkdir '\(output.path)/u' && cd '\(output.path)/u' && LC_ALL=C.UTF-8 unzip -^q '\(archive)'")
    #expect(unpack.status == 0, "\(unpack.output)")
    let difference = try await shell("diff -r --no-dereference '\(tree.path)' '\(output.path)/u'")
    #expect(difference.output.isEmpty && difference.status == 0, "\(difference.output)")
    #expect(output.mode("u/bin/tool") == 0o755)
    #expect(output.mode("u/bin/.config") == 0o600)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: output.path + "/u/bin/alias") == "tool")
  }

  @Test(.enabled(if: isInstalled("python3"))) func zipMarksUnicodeNamesAndStableTimes() async throws {
    try tree.write("ü.txt", "x")
    try tree.write("plain.txt", "x")
    let archive = try pack(.zip, as: "a.zip")
    let listing = try await shell(
      """
      python3 -c "
      import zipfile
      for i in zipfile.ZipFile('\(archive)').infolist():
          print(ascii(i.filename), bool(i.flag_bits & 0x800), i.date_time)"
      """)
    #expect(
      listing.output == """
        'plain.txt' False (1980, 1, 1, 0, 0, 0)
        '\\xfc.txt' True (1980, 1, 1, 0, 0, 0)

        """)
  }

  @Test(.enabled(if: isInstalled("zstd"))) func tarReadsWhatWasPacked() async throws {
    try makeMixedTree()
    let archive = try pack(.tarZstd, as: "a.tar.zst")
    let unpack = try await shell("mkdir '\(output.path)/t' && tar --zstd -xpf '\(archive)' -C '\(output.path)/t'")
    #expect(unpack.status == 0)
    #expect(unpack.output.isEmpty, "tar has nothing to complain about: \(unpack.output)")
    let difference = try await shell("diff -r --no-dereference '\(tree.path)' '\(output.path)/t'")
    #expect(difference.output.isEmpty && difference.status == 0, "\(difference.output)")
    #expect(output.mode("t/bin/tool") == 0o755)
    let listing = try await shell("TZ=UTC tar --zstd -tvf '\(archive)' bin/tool")
    #expect(listing.output == "-rwxr-xr-x 0/0              21 1980-01-01 00:00 bin/tool\n")
  }

  @Test(arguments: ArchiveFormat.allCases) func sameFilesGiveSameBytes(format: ArchiveFormat) async throws {
    try makeMixedTree()
    let first = try bytes(pack(format, as: "first", threads: 1))
    let again = try await shell("find '\(tree.path)' -exec touch -h -d '2001-02-03 04:05:06' {} +")
    #expect(again.status == 0)
    for threads in [2, 4] {
      #expect(try bytes(pack(format, as: "again", threads: threads)) == first)
    }
    #expect(first.count > 1_500_000)
  }

  @Test func zipDoesNotDependOnTheTimeZone() throws {
    try tree.write("a", "x")
    let archive = try pack(.zip, as: "a.zip")
    // The field for Unix times says that it holds none.
    #expect(try bytes(archive).contains(subsequence: Array("UT".utf8) + [1, 0, 0]))
  }

  @Test func timesAreKeptWhenAsked() async throws {
    try tree.write("a", "x")
    #expect(try await shell("touch -d '2001-02-03 04:05:06 UTC' '\(tree.path)/a'").status == 0)
    let archive = try pack(.tarZstd, as: "a.tar.zst", keepsTimes: true)
    let listing = try await shell("TZ=UTC tar --zstd -tvf '\(archive)'")
    #expect(listing.output.contains("2001-02-03 04:05 a"))
  }

  @Test func namesThatAreNotUTF8SurviveInBothFormats() async throws {
    let name: [UInt8] = [0x66, 0xFF, 0xFE, 0x2E, 0x6F]
    let place = Array(tree.path.utf8) + [0x2F] + name
    close(open(place.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT, 0o644))
    try tree.write("ok", "x")
    let tar = try pack(.tarZstd, as: "a.tar.zst")
    let zip = try pack(.zip, as: "a.zip")
    let listing = try await shell("tar --zstd -tf '\(tar)' --quoting-style=escape")
    #expect(listing.output.hasSuffix("f\\377\\376.o\nok\n"), "\(listing.output)")
    #expect(try bytes(zip).contains(subsequence: Array("f%FF%FE.o".utf8)))
    #expect(try await shell("mkdir '\(output.path)/u'; cd '\(output.path)/u' && unzip -q '\(zip)'").status == 0)
    #expect(output.exists("u/ok"))
  }

  @Test func incompressibleFilesAreStored() async throws {
    var generator = SeededBytes(seed: 3)
    try tree.write("random", generator.next(400_000))
    try tree.write("text", Array(String(repeating: "some text to deflate ", count: 20_000).utf8))
    let archive = try pack(.zip, as: "a.zip")
    let listing = try await shell("unzip -v '\(archive)'")
    #expect(listing.output.split(separator: "\n").contains { $0.contains("Stored") && $0.hasSuffix("random") })
    #expect(listing.output.split(separator: "\n").contains { $0.contains("Defl") && $0.hasSuffix("text") })
  }

  @Test func aFileThatShrinksIsAnErrorAndOneThatGrowsIsCut() async throws {
    try tree.write("log", [UInt8](repeating: 65, count: 600_000))
    let root = try tree.open()
    let collection = try ArtifactCollector(root: root.number, workspacePath: "/") { _ in }.collect(.init(files: ["*"]))
    let path = tree.path
    // The packer asks whether to stop before each piece: a hook at the right moment.
    let shrink = Countdown(3) { truncate(path + "/log", 10) }
    let error = #expect(throws: ArtifactError.self) {
      try ArchivePackager(format: .zip, isCancelled: shrink.call)
        .write(collection, beneath: root.number, into: MemorySink())
    }
    #expect(error?.code == .unreadable)
    try tree.write("log", [UInt8](repeating: 65, count: 600_000))
    let grow = Countdown(3) { truncate(path + "/log", 5_000_000) }
    let sink = MemorySink()
    try ArchivePackager(format: .zip, isCancelled: grow.call).write(collection, beneath: root.number, into: sink)
    try output.write("grown.zip", sink.bytes)
    #expect(try await shell("unzip -p '\(output.path)/grown.zip' log | wc -c").output == "600000\n")
  }

  @Test(arguments: ArchiveFormat.allCases) func errorsOfTheSinkStopPacking(format: ArchiveFormat) throws {
    try makeMixedTree()
    let root = try tree.open()
    let collection = try ArtifactCollector(root: root.number, workspacePath: "/") { _ in }
      .collect(.init(files: ["**/*"]))
    let sink = MemorySink(limit: 10_000)
    #expect(throws: MemorySink.Full.self) {
      try ArchivePackager(format: format).write(collection, beneath: root.number, into: sink)
    }
  }

  @Test(arguments: ArchiveFormat.allCases) func packingStopsWhenAskedAndNeverLooksWhole(format: ArchiveFormat)
    async throws
  {
    try makeMixedTree()
    let root = try tree.open()
    let collection = try ArtifactCollector(root: root.number, workspacePath: "/") { _ in }
      .collect(.init(files: ["**/*"]))
    let stop = Countdown(12) {}
    let sink = MemorySink()
    let error = #expect(throws: ArtifactError.self) {
      try ArchivePackager(format: format, isCancelled: { stop.call() || stop.isDone })
        .write(collection, beneath: root.number, into: sink)
    }
    #expect(error?.code == .cancelled)
    try output.write("part", sink.bytes)
    #expect(try await shell("unzip -tq '\(output.path)/part'").status != 0)
    #expect(try await shell("zstd -tq --stdout < '\(output.path)/part'").status != 0 || sink.bytes.isEmpty)
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1", "5 GiB; set JOURNEYMAN_FULL=1"))
  func filesBeyondFourGiBAndManyEntriesUseZip64() async throws {
    try tree.write("huge")
    #expect(truncate(tree.path + "/huge", 5 << 30) == 0)
    for number in 0..<70_000 { try tree.write("many/\(number)") }
    let archive = try pack(.zip, as: "big.zip")
    let listing = try await shell("unzip -Zt '\(archive)'; python3 -m zipfile -t '\(archive)'")
    #expect(listing.output.contains("70001 files, 5368709120 bytes uncompressed"), "\(listing.output)")
    #expect(listing.output.contains("Done testing"))
  }
}

/// Bytes that do not repeat, the same for the same seed (splitmix64).
struct SeededBytes {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      word ^= word >> 31
      withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes[..<count])
  }
}

/// Says no, and on the n-th call does something first.
final class Countdown {
  private var remaining: Int
  private let action: () -> Void
  var isDone: Bool { remaining <= 0 }

  init(_ count: Int, _ action: @escaping () -> Void) {
    remaining = count
    self.action = action
  }

  func call() -> Bool {
    remaining -= 1
    if remaining == 0 { action() }
    return false
  }
}

/// Keeps what it is given, up to a limit.
final class MemorySink: ByteSink {
  struct Full: Error {}
  private(set) var bytes: [UInt8] = []
  private let limit: Int

  init(limit: Int = .max) { self.limit = limit }

  func write(_ more: UnsafeRawBufferPointer) throws {
    if bytes.count + more.count > limit { throw Full() }
    bytes.append(contentsOf: more)
  }

  func finish() throws {}
}

extension [UInt8] {
  func contains(subsequence: [UInt8]) -> Bool {
    Data(self).range(of: Data(subsequence)) != nil
  }
}
