import Foundation
import JourneymanSealing
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanStores

/// Every way to tamper with a stored build is noticed and named.
@Suite(.takingTurns) struct VerificationTests {
  @Test func findsNothingWrongWithWhatWasSigned() async throws {
    let result = try await SignedBuild().verify()
    #expect(result.isGood)
    #expect(result.differences.isEmpty)
    let predicate = try #require(result.statement?.predicate)
    #expect(predicate.buildDefinition.externalParameters["source"] == "https://example.org/shop.git")
    #expect(predicate.buildDefinition.externalParameters["revision"] == "c0ffee")
    #expect(predicate.buildDefinition.resolvedDependencies[0].uri == "git+https://example.org/shop.git")
    #expect(predicate.buildDefinition.internalParameters["sandbox"] == "strict")
    #expect(predicate.runDetails.builder.version["journeyman"] == ProgramVersion.current)
  }

  /// The token in the URL of the source is nobody's business.
  @Test func keepsCredentialsOutOfTheProvenance() throws {
    let build = try SignedBuild()
    let envelope = try SignedEnvelope(parsing: build.read(Provenance.fileName))
    let payload = String(decoding: try #require(Data(base64Encoded: envelope.payload)), as: UTF8.self)
    #expect(!payload.contains("token") && !payload.contains("x=1"))
    #expect(Provenance.withoutCredentials("ssh://git@example.org:22/a@b.git") == "ssh://example.org:22/a@b.git")
    #expect(Provenance.withoutCredentials("https://a:b@c@example.org") == "https://example.org")
    #expect(Provenance.withoutCredentials("/srv/shop@home") == "/srv/shop@home")
  }

  private func differences(_ change: (SignedBuild) throws -> Void) async throws -> [String: Verification.Difference] {
    let build = try SignedBuild()
    try change(build)
    let result = try await build.verify()
    #expect(!result.isGood)
    return Dictionary(result.differences.map { ($0.file, $0.difference) }) { first, _ in first }
  }

  @Test func namesAChangedFile() async throws {
    let found = try await differences { try $0.write("artifacts/docs/index.html", "<p>dogs") }
    let (was, now) = (try Digest.sha256(of: Array("<p>docs".utf8)), try Digest.sha256(of: Array("<p>dogs".utf8)))
    #expect(found == ["artifacts/docs/index.html": .content(expected: was, actual: now)])
  }

  @Test func namesATruncatedAndAGrownFile() async throws {
    let found = try await differences {
      try $0.write("artifacts/docs/index.html", "<p>d")
      try $0.write("artifacts/site.zip.age", "the sealed site and more")
    }
    #expect(
      found == [
        "artifacts/docs/index.html": .size(expected: 7, actual: 4),
        "artifacts/site.zip.age": .size(expected: 15, actual: 24),
      ])
  }

  @Test func namesAMissingAndAnExtraFile() async throws {
    let found = try await differences {
      #expect(rename($0.path("artifacts/docs/index.html"), $0.path("artifacts/docs/Index.html")) == 0)
    }
    #expect(found == ["artifacts/docs/index.html": .missing, "artifacts/docs/Index.html": .notListed])
  }

  @Test func findsHiddenExtraFiles() async throws {
    let found = try await differences { try $0.write("artifacts/docs/.hidden/x", "x") }
    #expect(found == ["artifacts/docs/.hidden/x": .notListed])
  }

  /// Changing file and manifest together helps nobody without the key.
  @Test func namesAFileChangedTogetherWithTheManifest() async throws {
    let was = try Digest.sha256(of: Array("<p>docs".utf8)), now = try Digest.sha256(of: Array("<p>dogs".utf8))
    let found = try await differences { build in
      try build.write("artifacts/docs/index.html", "<p>dogs")
      try build.replaceManifest { $0.files[1].sha256 = now }
    }
    #expect(found["artifacts/docs/index.html"] == .signedOtherwise(signed: was, listed: now))
    #expect(found.keys.contains(Manifest.fileName))
    #expect(found.count == 2)
  }

  @Test func namesAFileTakenOutOfTheManifest() async throws {
    let found = try await differences { build in
      #expect(unlink(build.path("artifacts/docs/index.html")) == 0)
      try build.replaceManifest { $0.files.remove(at: 1) }
    }
    #expect(found["artifacts/docs/index.html"] == .leftOut)
    #expect(Set(found.keys) == ["artifacts/docs/index.html", Manifest.fileName])
  }

  @Test func namesAFileAddedToTheManifest() async throws {
    let found = try await differences { build in
      try build.write("artifacts/x", "x")
      let digest = try Digest.sha256(of: [UInt8(ascii: "x")])
      try build.replaceManifest {
        $0.files.append(ManifestFile(file: "artifacts/x", identifier: "x", bytes: 1, sha256: digest))
      }
    }
    #expect(found["artifacts/x"] == .notSigned)
    #expect(Set(found.keys) == ["artifacts/x", Manifest.fileName])
  }

  /// Values that no file bears out, such as the recipients, are covered by the manifest's own digest.
  @Test func noticesAChangedRecipient() async throws {
    let found = try await differences { try $0.replaceManifest { $0.files[2].recipients = ["age1mallory"] } }
    #expect(Set(found.keys) == [Manifest.fileName])
  }

  @Test func doesNotFollowLinks() async throws {
    let found = try await differences { build in
      try build.write("elsewhere", "<p>docs")
      #expect(unlink(build.path("artifacts/docs/index.html")) == 0)
      #expect(symlink("../../elsewhere", build.path("artifacts/docs/index.html")) == 0)
    }
    guard case .unreadable = found["artifacts/docs/index.html"] else {
      Issue.record("a link was followed: \(found)")
      return
    }
    #expect(found.count == 1)
  }

  /// A pipe in a file's place must not make the check wait for a writer.
  @Test(.timeLimit(.minutes(30))) func doesNotWaitForPipes() async throws {
    let found = try await differences { build in
      #expect(unlink(build.path("artifacts/docs/index.html")) == 0)
      #expect(mkfifo(build.path("artifacts/docs/index.html"), 0o644) == 0)
    }
    #expect(Set(found.keys) == ["artifacts/docs/index.html"])
  }

  @Test func saysWhenNobodyTrustedHasSigned() async throws {
    let build = try SignedBuild()
    let stranger = try SigningKey().publicKey()
    #expect(try await build.verify(trusting: [stranger]).signer == .untrusted([try build.trusted.identifier()]))
    #expect(try await build.verify(trusting: []).isGood == false)

    // Somebody else signs everything anew: consistent, and worthless.
    try SignedBuild.provenance.write(build.readManifest(), to: build.directory, signedBy: SigningKey())
    let resigned = try await build.verify()
    #expect(resigned.differences.isEmpty && !resigned.isGood)

    #expect(unlink(build.path(Provenance.fileName)) == 0)
    #expect(try await build.verify().signer == .nobody)
    try build.write(Provenance.fileName, "{}")
    guard case .malformed = try await build.verify().signer else {
      Issue.record("an empty object is no provenance")
      return
    }
  }

  @Test func saysWhenTheProvenanceWasChanged() async throws {
    let build = try SignedBuild()
    var envelope = try SignedEnvelope(parsing: build.read(Provenance.fileName))
    let payload = String(decoding: try #require(Data(base64Encoded: envelope.payload)), as: UTF8.self)
    let changed = payload.replacing("c0ffee", with: "decade")
    #expect(changed != payload)
    envelope.payload = Data(changed.utf8).base64EncodedString()
    try FileSystem.writeAtomically(envelope.encoded(), to: build.path(Provenance.fileName))
    let result = try await build.verify()
    #expect(result.signer == .forged(build.trusted))
    #expect(result.statement == nil, "nothing of an unsigned statement may be shown as true")
  }

  /// A good signature over something else, such as another tool's statement, vouches for nothing here.
  @Test func refusesOtherThingsThatTheKeySigned() async throws {
    let build = try SignedBuild()
    let statement = try SignedEnvelope(parsing: build.read(Provenance.fileName))
    let payload = Array(try #require(Data(base64Encoded: statement.payload)))
    let other = try SignedEnvelope(payload: payload, type: "application/json", signedBy: build.key)
    try FileSystem.writeAtomically(other.encoded(), to: build.path(Provenance.fileName))
    guard case .malformed = try await build.verify().signer else {
      Issue.record("another payload type was accepted")
      return
    }
  }

  @Test func needsAManifest() async throws {
    let build = try SignedBuild()
    #expect(unlink(build.path(Manifest.fileName)) == 0)
    await #expect(throws: AttestationError.self) { try await build.verify() }
    #expect(throws: AttestationError.self) { try ArtifactDirectory(build.path("nowhere")) }
  }

  @Test func reportsInLinesForPeople() async throws {
    let build = try SignedBuild()
    try build.write("artifacts/docs/index.html", "<p>dogs")
    try build.write("artifacts/evil\u{1b}[2J", "x")
    let lines = VerificationReport.lines(try await build.verify())
    #expect(lines.contains("ok         artifacts/site.zip.age"))
    #expect(lines.contains { $0.hasPrefix("CHANGED    'artifacts/docs/index.html': SHA-256 ") })
    #expect(lines.contains("EXTRA      'artifacts/evil?[2J': the manifest does not list it"))
    #expect(lines.contains("built from 'https://example.org/shop.git' at 'c0ffee'"))
    #expect(lines.last?.hasPrefix("NOT GOOD: signed by ed25519:") == true)
    let good = VerificationReport.lines(try await SignedBuild().verify())
    #expect(good.last?.hasPrefix("good: ") == true)
  }
}
