import Foundation
import JourneymanBuildModel
import JourneymanSealing
import JourneymanStores
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanKeeper

/// What a keeper says of a build, and with whose key.
@Suite(.takingTurns) struct BuildAttestationTests {
  private let path = NSTemporaryDirectory() + "journeyman-attestation-\(UUID().uuidString)"
  private var variables: [String: String] { ["HOME": path, "XDG_CONFIG_HOME": path + "/config"] }

  private func request(signedBy key: String? = nil) -> BuildRequest {
    var settings = Settings()
    settings.signing.key = key
    settings.sandbox.mode = .basic
    return BuildRequest(
      id: "b1", number: 1, project: "project", initiator: "test", source: .directory(path: path, inPlace: false),
      stateDirectory: path + "/state", outputDirectory: path + "/output", cacheDirectory: path + "/cache",
      settings: settings)
  }

  private func result() throws -> BuildResult {
    try FileSystem.makeDirectories(path + "/output/artifacts")
    try FileSystem.writeAtomically(Array("sealed".utf8), to: path + "/output/artifacts/x.zip.age")
    var result = BuildResult(
      id: "b1", status: .succeeded, startedAt: .now(), finishedAt: .now(),
      source: SourceRevision(url: "https://example.org/shop.git", revision: "c0ffee"))
    let file = try LocalFile(reading: path + "/output/artifacts/x.zip.age")
    var artifact = ArtifactResult(
      identifier: "x", file: "artifacts/x.zip.age", bytes: file.bytes, sha256: file.sha256, sealed: true,
      recipients: ["age1someone"])
    artifact.plainBytes = 3
    artifact.plainSHA256 = String(repeating: "a", count: 64)
    var copy = artifact
    (copy.file, copy.store) = (".stores/one/x.zip.age", "one")
    result.artifacts = [artifact, copy]
    return result
  }

  private func verify(_ key: SigningKey) async throws -> Verification {
    try await Verification.check(try ArtifactDirectory(path + "/output"), trusting: [try key.publicKey()])
  }

  @Test func itSaysWhatIsThereSignedByTheUsersOwnKey() async throws {
    defer { try? FileSystem.removeTree(path) }
    let news = try await BuildAttestation(signs: true).write(try result(), of: request(), variables: variables)
    #expect(news?.contains(path + "/config/journeyman/signing-key.pem") == true)
    #expect(try await BuildAttestation(signs: true).write(try result(), of: request(), variables: variables) == nil)
    let manifest = try Manifest(parsing: FileSystem.read(path + "/output/manifest.json", limit: 1 << 20))
    #expect(manifest.build == "b1" && manifest.files.count == 1)
    let file = try #require(manifest.files.first)
    #expect(file.file == "artifacts/x.zip.age" && file.sealing == .recipients && file.recipients == ["age1someone"])
    #expect(file.bytes == 6 && file.plainBytes == 3 && file.plainSHA256 == String(repeating: "a", count: 64))

    let own = try KeyDirectory.user(variables).signingKey().key
    #expect(try await verify(own).isGood)
    #expect(try await !verify(SigningKey()).isGood)
    let envelope = try JSONSerialization.jsonObject(
      with: Data(FileSystem.read(path + "/output/provenance.json", limit: 1 << 20)))
    let payload = try #require(
      ((envelope as? [String: Any])?["payload"] as? String).flatMap { Data(base64Encoded: $0) })
    let statement = String(decoding: payload, as: UTF8.self).replacing("\\/", with: "/")
    for part in ["https://in-toto.io/Statement/v1", "https://slsa.dev/provenance/v1", "c0ffee", "basic", file.sha256] {
      #expect(statement.contains(part), "\(part) in \(statement)")
    }
  }

  @Test func theKeyOfAgentConfSignsAndHasToBeThere() async throws {
    defer { try? FileSystem.removeTree(path) }
    let file = path + "/ci/signing-key.pem"
    let result = try result()
    await #expect(throws: SealingError.self) {
      try await BuildAttestation(signs: true).write(result, of: request(signedBy: file), variables: variables)
    }
    let key = try KeyDirectory(path: path + "/ci").signingKey().key
    let news = try await BuildAttestation(signs: true).write(
      result, of: request(signedBy: file), variables: variables)
    #expect(news == nil)
    #expect(try await verify(key).isGood)
    #expect(access(path + "/config", F_OK) != 0, "no key of the user's own is made")
  }
}
