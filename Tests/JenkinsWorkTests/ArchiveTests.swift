import Foundation
import JourneymanArtifacts
import JourneymanJenkinsModel
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkinsWork

/// Archives as `stash` and `unstash` make and take them, compared with the system's tar.
final class ArchiveTests {
  private let base: String
  private let root: OwnedDescriptor

  init() throws {
    base = NSTemporaryDirectory() + "journeyman-stash-\(UUID().uuidString)"
    try FileSystem.makeDirectories(base + "/w")
    root = try FileSystem.open(base + "/w", flags: O_RDONLY | O_DIRECTORY)
  }

  deinit { try? FileSystem.removeTree(base) }

  private func write(_ path: String, _ content: String = "x", mode: UInt32 = 0o644) throws {
    try FileSystem.makeDirectories(PathName.directory(of: base + "/w/" + path))
    try FileSystem.writeAtomically(Array(content.utf8), to: base + "/w/" + path)
    chmod(base + "/w/" + path, mode)
  }

  private func link(_ path: String, _ target: String) { symlink(target, base + "/w/" + path) }

  private func names(_ selection: FileSelection) throws -> [String] {
    try FileScan(selection, beneath: root.number).run().map { String(decoding: $0.path, as: UTF8.self) }
  }

  private func pack(_ content: PackingJob.Content, _ format: PackingJob.Format = .tarGzip) throws -> Int {
    let file = try FileSystem.open(base + "/archive", flags: O_WRONLY | O_CREAT | O_TRUNC)
    return try Packing(job: PackingJob(format, content), root: root.number)
      .run(into: DescriptorSink(file.number, name: "archive"))
  }

  @discardableResult
  private func unpack(isCompressed: Bool = true, into name: String = "o") throws -> Int {
    try FileSystem.makeDirectories(base + "/" + name)
    let target = try FileSystem.open(base + "/" + name, flags: O_RDONLY | O_DIRECTORY)
    let file = try FileSystem.open(base + "/archive", flags: O_RDONLY)
    return try Unpacking(
      job: UnpackingJob(isCompressed: isCompressed, owner: nil, shownAs: name), root: target.number
    ).run(from: file.number)
  }

  private func shell(_ script: String) async throws -> String {
    let outcome = try await TestProgram.run("/bin/sh", ["-c", script], directory: base)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  /// The example of the recorded conversation `stash2`.
  private func makeExample() throws {
    try write("s/a.txt", mode: 0o755)
    try write("s/no.log")
    try write("s/tmp/c.txt")
    try write("s/ünï.txt")
    try FileSystem.makeDirectories(base + "/w/s/empty")
    link("s/link", "a.txt")
    link("s/dangling", "nowhere")
    link("s/dirlink", "tmp")
  }

  @Test func linksToDirectoriesAreFollowedAndLinksToFilesKept() throws {
    try makeExample()
    let all = ["s/a.txt", "s/dangling", "s/dirlink/c.txt", "s/link", "s/tmp/c.txt", "s/ünï.txt"]
    #expect(try names(FileSelection(includes: ["s/**"], excludes: ["**/*.log"])) == all)
    #expect(
      try names(FileSelection(includes: ["s/**"], excludes: ["**/*.log", "s/tmp/**"]))
        == all.filter { $0 != "s/tmp/c.txt" })
    #expect(
      try names(FileSelection(includes: ["s/**"], followsLinks: false))
        == ["s/a.txt", "s/no.log", "s/tmp/c.txt", "s/ünï.txt"])
    #expect(try names(FileSelection(includes: ["none/**"])) == [])
  }

  @Test func linksInCirclesAndOutOfTheDirectoryEndTheWalk() throws {
    try write("a/b/x")
    try FileSystem.makeDirectories(base + "/outside/deep")
    try FileSystem.writeAtomically([1], to: base + "/outside/deep/secret")
    link("a/b/up", "..")
    link("self", ".")
    link("out", "../outside")
    link("absolute", base + "/outside")
    #expect(try names(FileSelection(includes: ["**"])) == ["a/b/x", "absolute", "out"])
  }

  @Test func theSystemsTarReadsWhatIsPacked() async throws {
    try makeExample()
    let long = String(repeating: "deep/", count: 60) + String(repeating: "n", count: 200)
    try write("s/" + long, "long")
    #expect(try pack(.selection(FileSelection(includes: ["s/**"], excludes: ["**/*.log", "s/tmp/**"]))) == 6)
    let listing = try await shell("tar tvzf archive | awk '{print $1, $6, $7, $8}'")
    #expect(listing.contains("-rwxr-xr-x s/a.txt"))
    #expect(listing.contains("lrwxrwxrwx s/dangling -> nowhere"))
    #expect(listing.contains("s/dirlink/c.txt"))
    #expect(listing.contains("s/" + long))
    #expect(!listing.contains("drwx") && !listing.contains("empty"))
    #expect(try await shell("tar xzOf archive 's/\(long)'") == "long")
  }

  @Test func nothingIsStillAnArchive() async throws {
    #expect(try pack(.selection(FileSelection(includes: ["none/**"]))) == 0)
    #expect(try await shell("tar tzf archive | wc -l").hasPrefix("0"))
    #expect(try unpack() == 0)
  }

  @Test func whatIsPackedComesBackTheSame() async throws {
    try makeExample()
    try write("s/big", String(repeating: "0123456789abcdef", count: 100_000))
    _ = try pack(.selection(FileSelection(includes: ["s/**"])))
    #expect(try unpack() == 8)
    #expect(
      try await shell(
        "stat -c %a o/s/a.txt; readlink o/s/link o/s/dangling; cmp w/s/big o/s/big; cat o/s/dirlink/c.txt")
        == "755\na.txt\nnowhere\nx")
    // Again into the same place, where a directory is a link by now.
    _ = try await shell("rm -r o/s/dirlink; ln -s tmp o/s/dirlink")
    #expect(try unpack() == 8)
    #expect(try await shell("readlink o/s/dirlink; cat o/s/tmp/c.txt") == "tmp\nx")
  }

  @Test func filesCanHaveOtherNamesInTheArchive() async throws {
    try write("a.txt")
    link("l", "a.txt")
    #expect(try pack(.files(["d/one": "a.txt", "two": "l"]), .tar) == 2)
    #expect(try await shell("tar tf archive") == "d/one\ntwo\n")
    #expect(throws: ArtifactError.self) { try pack(.files(["x": "missing"])) }
    #expect(throws: ArtifactError.self) { try pack(.files(["x": "../archive"])) }
  }

  @Test func aZipHasTheContentOfLinks() async throws {
    try makeExample()
    let count = try pack(.selection(FileSelection(includes: ["s/**"], followsLinks: true)), .zip)
    #expect(count == 6)
    let names = try await shell("unzip -Z1 archive")
    #expect(names.contains("s/link\n") && !names.contains("dangling"))
    #expect(try await shell("unzip -p archive s/link") == "x")
  }

  @Test(arguments: [
    ("import tarfile,io; t=tarfile.open('archive','w:gz'); i=tarfile.TarInfo('../evil'); i.size=1; t.addfile(i,io.BytesIO(b'x'))"),
    ("import tarfile,io; t=tarfile.open('archive','w:gz'); i=tarfile.TarInfo('/tmp/evil'); i.size=1; t.addfile(i,io.BytesIO(b'x'))"),
    ("import tarfile,io; t=tarfile.open('archive','w:gz'); i=tarfile.TarInfo('d'); i.type=tarfile.SYMTYPE; i.linkname='..'; t.addfile(i); i=tarfile.TarInfo('d/evil'); i.size=1; t.addfile(i,io.BytesIO(b'x'))"),
    ("import tarfile; t=tarfile.open('archive','w:gz'); i=tarfile.TarInfo('h'); i.type=tarfile.LNKTYPE; i.linkname='/etc/passwd'; t.addfile(i)"),
    ("import tarfile; t=tarfile.open('archive','w:gz'); i=tarfile.TarInfo('f'); i.type=tarfile.FIFOTYPE; t.addfile(i)"),
    ("open('archive','wb').write(b'no archive at all')"),
  ])
  func hostileArchivesAreRefused(script: String) async throws {
    let outcome = try await TestProgram.run("/usr/bin/python3", ["-c", script], directory: base)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(throws: (any Error).self) { try unpack() }
    #expect(access(base + "/evil", F_OK) != 0)
  }

  @Test func digestsAreThoseOfTheContent() throws {
    try write("d/a.txt", "one\n")
    link("l", "d/a.txt")
    link("gone", "nowhere")
    link("out", "/etc/hostname")
    let found = try Fingerprints.find(FileSelection(includes: ["**"]), beneath: root.number)
    #expect(found.map(\.path) == ["d/a.txt", "l"])
    #expect(found.allSatisfy { $0.md5 == "5bbf5a52328e7439ae6e719dfe712200" })
  }
}
