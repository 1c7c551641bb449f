import Foundation
import JourneymanSealing
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanStores

@Suite(.takingTurns) struct ManifestTests {
  private static let digest = String(repeating: "a1", count: 32)

  @Test func listsWhatABuildLeft() throws {
    let files = try SignedBuild().readManifest().files
    #expect(
      files.map(\.file) == ["artifacts/docs/deep/page.html", "artifacts/docs/index.html", "artifacts/site.zip.age"])
    #expect(files.map(\.mode) == ["0755", "0644", "0644"])
    #expect(files.map(\.identifier) == ["docs", "docs", "site"])
    #expect(files[1].sha256 == (try Digest.sha256(of: Array("<p>docs".utf8))))
    #expect(files[1].sealing == .none && files[1].plainSHA256 == nil)
    #expect(files[2].sealing == .recipients && files[2].recipients == ["age1one", "age1two"])
    #expect(files[2].bytes == 15 && files[2].plainBytes == 12)
  }

  @Test func isTheSameTextForTheSameFiles() throws {
    let file = ManifestFile(file: "artifacts/a", identifier: "a", bytes: 1, sha256: Self.digest)
    let other = ManifestFile(file: "artifacts/b", identifier: "b", bytes: 1, sha256: Self.digest)
    let one = try Manifest(build: "x", files: [file, other]).encoded()
    #expect(try Manifest(build: "x", files: [other, file]).encoded() == one)
    #expect(try Manifest(parsing: one) == Manifest(build: "x", files: [file, other]))
  }

  /// A link in a folder of files would make the manifest speak of something outside.
  @Test func refusesLinksInWhatItLists() throws {
    let build = try SignedBuild()
    #expect(symlink("/etc/passwd", build.path("artifacts/docs/passwd")) == 0)
    #expect(throws: AttestationError.self) { try build.manifest() }
  }

  /// A text cannot say such a name, so that a manifest would speak of another file.
  @Test func refusesNamesThatAreNotUnicode() async throws {
    let build = try SignedBuild()
    let name = Array(build.path("artifacts/docs/a").utf8CString.dropLast()) + [-1, 0]
    close(open(name, O_WRONLY | O_CREAT, 0o644))
    let made = #expect(throws: AttestationError.self) { try build.manifest() }
    #expect(made?.code == .unsafeName)
    let verified = await #expect(throws: AttestationError.self) { try await build.verify() }
    #expect(verified?.code == .unsafeName)
  }

  private static let hostileNames = [
    "/etc/passwd", "../x", "a/../../x", "a/..", ".", "..", "", "a//b", "a/", "/", "a/./b", "a\u{0}b", "a\nb",
    "a\u{1b}[2Jb",
    "a\u{202e}b", "a\u{7f}", String(repeating: "x", count: 256), String(repeating: "x/", count: 2100) + "x",
  ]

  // By number, because a terminal would obey some of the names.
  @Test(arguments: hostileNames.indices)
  func refusesNamesThatLeadElsewhere(number: Int) throws {
    let name = Self.hostileNames[number]
    let text = try Manifest(
      build: "x", files: [ManifestFile(file: name, identifier: "a", bytes: 1, sha256: Self.digest)]
    ).encoded()
    let error = #expect(throws: AttestationError.self) { try Manifest(parsing: text) }
    #expect(error?.code == .unsafeName)
    #expect(error?.message.contains("\u{1b}") == false)
  }

  @Test(arguments: [
    ("", "is not JSON"), ("[]", "wrong type"), ("{}", "missing"),
    ("{\"schema\":1,\"build\":\"x\",\"files\":{}}", "type"),
    ("{\"schema\":2,\"build\":\"x\",\"files\":[]}", "schema 2"), (String(repeating: "[", count: 100_000), "not JSON"),
    ("{\"schema\":1,\"build\":\"x\",\"files\":[{}]}", "missing"),
  ])
  func refusesWhatIsNoManifest(text: String, reason: String) {
    let error = #expect(throws: AttestationError.self) { try Manifest(parsing: Array(text.utf8)) }
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ManifestFile(file: "a", identifier: "a", bytes: -1, sha256: digest),
    ManifestFile(file: "a", identifier: "a", bytes: 1, sha256: "A1" + digest.dropFirst(2)),
    ManifestFile(file: "a", identifier: "a", bytes: 1, sha256: String(digest.dropLast())),
    ManifestFile(file: "a", identifier: "a", mode: "0888", bytes: 1, sha256: digest),
    ManifestFile(file: "a", identifier: "a", mode: "0777777", bytes: 1, sha256: digest),
    ManifestFile(file: "a", identifier: "a", bytes: 1, sha256: digest, plainBytes: -5),
    ManifestFile(file: "a", identifier: "a", bytes: 1, sha256: digest, plainSHA256: ""),
  ])
  func refusesValuesOfAWrongForm(file: ManifestFile) throws {
    let text = try Manifest(build: "x", files: [file]).encoded()
    #expect(throws: AttestationError.self) { try Manifest(parsing: text) }
  }

  @Test func refusesTheSameNameTwice() throws {
    let file = ManifestFile(file: "a", identifier: "a", bytes: 1, sha256: Self.digest)
    let text = try Manifest(build: "x", files: [file, file]).encoded()
    #expect(throws: AttestationError.self) { try Manifest(parsing: text) }
  }
}
