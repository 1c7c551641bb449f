import Foundation
import JourneymanBuildModel
import JourneymanSealing
import JourneymanSupport
import Testing

@testable import JourneymanStores

/// The output directory of a finished build, signed; removed with the test.
final class SignedBuild: Sendable {
  let directory: String
  let key: SigningKey
  let trusted: VerifyingKey

  init() throws {
    var template = Array("\(NSTemporaryDirectory())/journeyman-stores-XXXXXX".utf8CString)
    directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    key = try SigningKey()
    trusted = try key.publicKey()
    try write("artifacts/site.zip.age", "the sealed site")
    try write("artifacts/docs/index.html", "<p>docs")
    try write("artifacts/docs/deep/page.html", "<p>page", mode: 0o755)
    try Self.provenance.write(manifest(), to: directory, signedBy: key)
  }

  deinit { try? FileSystem.removeTree(directory) }

  static let provenance = Provenance(
    build: "shop-17", source: SourceRevision(url: "https://user:token@example.org/shop.git?x=1", revision: "c0ffee"),
    buildspec: "buildspec.yml", buildspecSHA256: String(repeating: "ab", count: 32), isolation: .strict, network: true,
    startedAt: Timestamp(microseconds: 1_000_000), finishedAt: Timestamp(microseconds: 2_000_000))

  func manifest() throws -> Manifest {
    var site = ArtifactResult(
      identifier: "site", file: "artifacts/site.zip.age", bytes: 15,
      sha256: try Digest.sha256(of: Array("the sealed site".utf8)), sealed: true, recipients: ["age1one", "age1two"])
    site.plainBytes = 12
    site.plainSHA256 = String(repeating: "0", count: 64)
    let docs = ArtifactResult(identifier: "docs", file: "artifacts/docs", bytes: 14, sha256: nil)
    return try Manifest(of: [site, docs], build: "shop-17", in: directory)
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
    try FileSystem.makeDirectories(PathName.directory(of: path(name)))
    let file = try FileSystem.open(path(name), flags: O_WRONLY | O_CREAT | O_TRUNC)
    try FileSystem.writeAll(Array(text.utf8), to: file.number, name: name)
    fchmod(file.number, mode)
  }

  func read(_ name: String) throws -> [UInt8] { try FileSystem.read(path(name), limit: 1 << 24) }

  func readManifest() throws -> Manifest { try Manifest(parsing: read(Manifest.fileName)) }

  /// Replaces the manifest as somebody would who can write to the store but has no key.
  func replaceManifest(_ change: (inout Manifest) -> Void) throws {
    var manifest = try readManifest()
    change(&manifest)
    try FileSystem.writeAtomically(manifest.encoded(), to: path(Manifest.fileName))
  }

  func verify(trusting keys: [VerifyingKey]? = nil) async throws -> Verification {
    try await Verification.check(ArtifactDirectory(directory), trusting: keys ?? [trusted])
  }
}
