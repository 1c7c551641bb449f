import Foundation
import JourneymanSealing
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanStores

@Suite(.takingTurns) struct SignedEnvelopeTests {
  /// The example of the DSSE specification.
  @Test func encodesWhatIsSignedAsDSSESays() {
    let encoding = SignedEnvelope.authenticationEncoding(
      type: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
    #expect(String(decoding: encoding, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
  }

  @Test(.enabled(if: TestProgram.find("openssl") != nil || StandardPaths.processEnvironment["CI"] == "true"))
  func opensslVerifiesOurSignature() async throws {
    let build = try SignedBuild()
    let envelope = try SignedEnvelope(parsing: build.read(Provenance.fileName))
    let payload = try #require(Data(base64Encoded: envelope.payload))
    let signature = try #require(Data(base64Encoded: envelope.signatures[0].sig))
    let message = SignedEnvelope.authenticationEncoding(type: envelope.payloadType, payload: Array(payload))
    try FileSystem.writeAtomically(message, to: build.path("message"))
    try FileSystem.writeAtomically(Array(signature), to: build.path("signature"))
    // RFC 8410: twelve bytes, then the key.
    let der = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] + build.trusted.bytes
    try FileSystem.writeAtomically(der, to: build.path("key.der"))
    let openssl = try #require(TestProgram.find("openssl"))
    func verify() async throws -> Int32 {
      try await TestProgram.run(
        openssl,
        [
          "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", build.path("key.der"), "-rawin", "-in",
          build.path("message"), "-sigfile", build.path("signature"),
        ]
      ).status
    }
    #expect(try await verify() == 0)
    try FileSystem.writeAtomically(message + [0], to: build.path("message"))
    #expect(try await verify() != 0)

    let identifier = try await TestProgram.run("/bin/sh", ["-c", "sha256sum < \(build.path("key.der"))"])
    #expect(identifier.output.hasPrefix(try build.trusted.identifier()))
    #expect(envelope.signatures[0].keyid == (try build.trusted.identifier()))
  }

  /// Keys made by `openssl genpkey` sign, and public keys in PEM verify.
  @Test(.enabled(if: TestProgram.find("openssl") != nil || StandardPaths.processEnvironment["CI"] == "true"))
  func usesKeysOfOpenssl() async throws {
    let build = try SignedBuild()
    let made = try await TestProgram.run(
      "/bin/sh",
      [
        "-c",
        """
        cd "$1" && openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout -out public.pem
        openssl genpkey -algorithm x25519 -out other.pem && openssl pkey -in other.pem -pubout -out otherpublic.pem
        openssl genpkey -algorithm ed25519 -aes128 -pass pass:x -out locked.pem
        """, "sh", build.directory,
      ])
    #expect(made.status == 0, "\(made.errors)")
    let key = try SigningKey(pem: build.read("key.pem"), name: "key.pem")
    let envelope = try SignedEnvelope(payload: [1, 2, 3], type: "test", signedBy: key)
    let trusted = try VerifyingKey(argument: build.path("public.pem"))
    #expect(try envelope.verdict(trusting: [trusted]) == .signed(by: trusted, payload: [1, 2, 3]))
    #expect(try VerifyingKey(argument: "\(trusted)") == trusted)
    try build.write("line.pub", "\(trusted)\n")
    #expect(try VerifyingKey(argument: build.path("line.pub")) == trusted)
    for wrong in ["other.pem", "locked.pem", "manifest.json"] {
      #expect(throws: SealingError.self) { try SigningKey(pem: build.read(wrong), name: wrong) }
    }
    for wrong in ["otherpublic.pem", "manifest.json", "key.pem", "nothing"] {
      #expect(throws: SealingError.self) { try VerifyingKey(argument: build.path(wrong)) }
    }
  }

  @Test func onlyTrustedKeysCount() throws {
    let (mine, theirs) = (try SigningKey(), try SigningKey())
    let (me, they) = (try mine.publicKey(), try theirs.publicKey())
    var envelope = try SignedEnvelope(payload: [1], type: "t", signedBy: theirs)
    #expect(try envelope.verdict(trusting: [me]) == .unknownSigner([try they.identifier()]))
    #expect(try envelope.verdict(trusting: []) == .unknownSigner([try they.identifier()]))
    #expect(try envelope.verdict(trusting: [me, they]) == .signed(by: they, payload: [1]))
    // A hint that names my key does not make it my signature.
    envelope.signatures[0].keyid = try me.identifier()
    #expect(try envelope.verdict(trusting: [me]) == .forged(me))
    // One good signature of several is enough, with or without hints.
    envelope.signatures += try SignedEnvelope(payload: [1], type: "t", signedBy: mine).signatures
    envelope.signatures[1].keyid = nil
    #expect(try envelope.verdict(trusting: [me]) == .signed(by: me, payload: [1]))
    envelope.signatures = []
    #expect(try envelope.verdict(trusting: [me]) == .unsigned)
  }

  @Test func everyPartIsSigned() throws {
    let key = try SigningKey()
    let trusted = try key.publicKey()
    let good = try SignedEnvelope(payload: Array("payload".utf8), type: "type", signedBy: key)
    var changed = good
    changed.payloadType = "typf"
    #expect(try changed.verdict(trusting: [trusted]) == .forged(trusted))
    changed = good
    changed.payload = Data("Payload".utf8).base64EncodedString()
    #expect(try changed.verdict(trusting: [trusted]) == .forged(trusted))
    // Moving a byte between type and payload must not give the same message.
    changed = good
    changed.payloadType = "type 7"
    #expect(try changed.verdict(trusting: [trusted]) == .forged(trusted))
    for byte in 0..<64 {
      var signature = Array(try #require(Data(base64Encoded: good.signatures[0].sig)))
      signature[byte] ^= 1
      changed = good
      changed.signatures[0].sig = Data(signature).base64EncodedString()
      #expect(try changed.verdict(trusting: [trusted]) == .forged(trusted))
    }
    for length in [0, 63, 65, 1000] {
      changed.signatures[0].sig = Data(repeating: 0, count: length).base64EncodedString()
      #expect(try changed.verdict(trusting: [trusted]) == .forged(trusted))
    }
  }

  @Test(arguments: ["", "{}", "[]", "{\"payloadType\":1}", "nonsense", String(repeating: "{\"a\":", count: 50_000)])
  func refusesWhatIsNoEnvelope(text: String) {
    #expect(throws: AttestationError.self) { try SignedEnvelope(parsing: Array(text.utf8)) }
  }
}
