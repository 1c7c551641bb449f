import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSealing

@Suite(.takingTurns) struct KeyTests {
  private static let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
  private static let publicText = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

  /// The example of the age format.
  @Test func readsAndWritesKeysAsAgeDoes() throws {
    let identity = try Identity(Self.secret)
    #expect("\(identity.recipient)" == Self.publicText)
    #expect(identity.reveal() == Self.secret)
    #expect(try Recipient(Self.publicText) == identity.recipient)
    #expect(
      try JSONDecoder().decode([Recipient].self, from: JSONEncoder().encode([identity.recipient])) == [
        identity.recipient
      ])
  }

  @Test func neverPrintsTheSecret() throws {
    let identity = try Identity(Self.secret)
    var dumped = ""
    dump(identity, to: &dumped)
    for text in ["\(identity)", String(reflecting: identity), dumped, "\(Keys(identities: [identity]))"] {
      #expect(!text.contains("SECRET") && !text.contains("66, 66"))
    }
    let error = #expect(throws: SealingError.self) { try Recipient(Self.secret) }
    #expect(error?.message.contains("GFPYY") == false)
    #expect(throws: SealingError.self) { try Identity(Self.secret.replacing("Q4EGAEX", with: "Q4EGAEY")) }
  }

  @Test(arguments: [
    "", "age1", "age", publicText.uppercased(), publicText + "q", String(publicText.dropLast()), " " + publicText,
    publicText.replacing("zvky", with: "zvkz"), publicText.replacing("age1", with: "agf1"),
    publicText.replacing("zvky", with: "Zvky"), "ssh-ed25519 AAAA", "age1pq1xyz", "age1pejé", secret,
  ])
  func refusesWhatIsNoRecipient(text: String) {
    let error = #expect(throws: SealingError.self) { try Recipient(text) }
    #expect(error?.code == .malformedRecipient)
  }

  @Test(arguments: MalformedFile.lowOrderPoints)
  func refusesRecipientsOfLowOrder(point: [UInt8]) {
    let error = #expect(throws: SealingError.self) { try Recipient(Bech32.encode(point, prefix: "age")) }
    #expect(error?.code == .malformedRecipient)
  }

  @Test(arguments: [
    ("", "no identity"), ("# only a comment\n", "no identity"), ("hello", "line 1"), ("# x\n\nhello\n", "line 3"),
    (publicText, "recipient"), (secret.lowercased(), "line 1"), (secret + " ", "line 1"), ("AGE-PLUGIN-X-1ABC", "kind"),
    ("age-encryption.org/v1\n", "sealed"), ("-----BEGIN AGE ENCRYPTED FILE-----\n", "sealed"),
  ])
  func refusesWhatIsNoIdentityFile(text: String, reason: String) {
    let error = #expect(throws: SealingError.self) { try IdentityFile.parse(Array(text.utf8), name: "key.txt") }
    #expect(error?.code == .malformedIdentity)
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("GFPYY") == false)
  }

  @Test func readsIdentityFilesWithCommentsAndOtherLineEnds() throws {
    let text = "# mine\r\n\r\n\(Self.secret)\r\n#\(Self.secret)\n\n\(try Identity().reveal())"
    #expect(try IdentityFile.parse(Array(text.utf8), name: "x").count == 2)
  }

  @Test func makesTheUsersKeysOnce() async throws {
    let scratch = try Scratch()
    let keys = KeyDirectory(path: scratch.path("config/journeyman"))
    #expect(try keys.existingIdentities().isEmpty && keys.existingSigningKey() == nil)
    let found = try await withThrowingTaskGroup(of: KeyDirectory.Found<[Identity]>.self) { group in
      for _ in 0..<8 { group.addTask { try keys.identities() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(found.count { $0.isNew } == 1)
    #expect(Set(found.flatMap(\.key).map(\.recipient)).count == 1)
    var status = stat()
    #expect(stat(keys.identityPath, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(stat(keys.path, &status) == 0 && status.st_mode & 0o777 == 0o700)

    let signing = try keys.signingKey()
    #expect(signing.isNew)
    #expect(try keys.signingKey().key.publicKey() == signing.key.publicKey())
    #expect(try keys.existingSigningKey()?.publicKey() == signing.key.publicKey())
    #expect(stat(keys.signingKeyPath, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: keys.path).sorted() == ["identity.txt", "signing-key.pem"])
  }

  @Test func refusesKeysThatOthersCanRead() throws {
    let keys = KeyDirectory(path: try Scratch().path("k"))
    defer { try? FileSystem.removeTree(PathName.directory(of: keys.path)) }
    _ = try keys.identities()
    chmod(keys.identityPath, 0o644)
    let error = #expect(throws: SealingError.self) { try keys.identities() }
    #expect(error?.code == .exposedKey)
    #expect(error?.message.contains("chmod 600") == true)
  }

  @Test func neverReplacesAnIdentity() throws {
    let scratch = try Scratch()
    let first = try IdentityFile.create(scratch.path("x"))
    let error = #expect(throws: SealingError.self) { try IdentityFile.create(scratch.path("x")) }
    #expect(error?.code == .exists)
    #expect(try IdentityFile.read(scratch.path("x")).map(\.recipient) == [first.recipient])
    #expect(try scratch.entries() == ["x"])
  }

  @Test func findsTheUsersDirectory() throws {
    #expect(try KeyDirectory.user(["XDG_CONFIG_HOME": "/x"]).path == "/x/journeyman")
    let scratch = try Scratch()
    #expect(try KeyDirectory.user(["HOME": scratch.directory]).path == scratch.path(".config/journeyman"))
    #expect(
      try KeyDirectory.user(["HOME": scratch.directory, "XDG_CONFIG_HOME": "relative"]).path.hasPrefix(
        scratch.directory))
    #expect(try KeyDirectory.user([:]).path.hasSuffix("/journeyman"))
    if geteuid() == 0 {
      // As under sudo: root must not make files in another user's home.
      chown(scratch.directory, 12_345, 12_345)
      #expect(try !KeyDirectory.user(["HOME": scratch.directory]).path.hasPrefix(scratch.directory))
    }
  }
}
