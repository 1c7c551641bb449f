import Foundation
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanSealing

/// What we seal `age` opens, and the reverse.
@Suite(.takingTurns, .enabled(if: Peer.isAvailable("age"), "age is not installed"))
struct InteroperationTests {
  /// Lengths around every border of a chunk and of a batch, with and without armor, which has borders of its own.
  static let cases: [(length: Int, armored: Bool)] =
    [
      0, 1, 15, 16, 17, 65_519, 65_520, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 262_143, 262_144, 262_145,
      262_144 * 6, 262_144 * 7 + 1, 5_000_000,
    ].map { ($0, false) } + [0, 1, 31, 32, 33, 65_535, 65_536, 262_145, 1_000_000].map { ($0, true) }

  @Test(arguments: cases)
  func ageOpensWhatWeSeal(length: Int, armored: Bool) async throws {
    let scratch = try Scratch()
    let identity = try IdentityFile.create(scratch.path("identity.txt"))
    let plain = Envelopes.pattern(length)
    let sealed = try Envelopes.seal(
      plain, for: .recipients([identity.recipient]), armored: armored, to: scratch.path("sealed"))
    let outcome = try await Peer.shell(
      #"age -d -i "$1/identity.txt" "$1/sealed" > "$1/plain""#, scratch.directory)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try scratch.read("plain") == plain)

    let file = try scratch.read("sealed")
    #expect(sealed.plainBytes == Int64(length) && sealed.sealedBytes == Int64(file.count))
    #expect(try sealed.plainSHA256 == Digest.sha256(of: plain))
    #expect(try sealed.sealedSHA256 == Digest.sha256(of: file))
  }

  @Test(arguments: cases)
  func weOpenWhatAgeSeals(length: Int, armored: Bool) async throws {
    let scratch = try Scratch()
    let identity = try Identity()
    let plain = Envelopes.pattern(length)
    _ = try scratch.file("plain", plain)
    let outcome = try await Peer.shell(
      #"age -r "$2" $3 < "$1/plain" > "$1/sealed""#, scratch.directory, "\(identity.recipient)", armored ? "-a" : "")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try Envelopes.open(scratch.path("sealed"), with: Keys(identities: [identity])) == plain)
  }

  @Test func everyOneOfSeveralRecipientsOpens() async throws {
    let scratch = try Scratch()
    let identities = try (0..<5).map { try IdentityFile.create(scratch.path("identity-\($0).txt")) }
    let plain = Envelopes.pattern(100_000)
    try Envelopes.seal(plain, for: .recipients(identities.map(\.recipient)), to: scratch.path("ours"))
    for number in identities.indices {
      let outcome = try await Peer.shell(
        #"age -d -i "$1/identity-$2.txt" "$1/ours" | cmp - "$3""#, scratch.directory, "\(number)",
        try scratch.file("plain", plain))
      #expect(outcome.status == 0, "identity \(number): \(outcome.errors)")
    }

    let recipients = identities.map { "-r \($0.recipient)" }.joined(separator: " ")
    _ = try await Peer.shell("age \(recipients) < \"$1/plain\" > \"$1/theirs\"", scratch.directory)
    for identity in identities {
      #expect(try Envelopes.open(scratch.path("theirs"), with: Keys(identities: [identity])) == plain)
    }
    // The same recipient twice is a habit of scripts, not an attack.
    _ = try await Peer.shell("age \(recipients) \(recipients) < \"$1/plain\" > \"$1/theirs\"", scratch.directory)
    #expect(try Envelopes.open(scratch.path("theirs"), with: Keys(identities: [identities[2]])) == plain)
  }

  @Test func identityFilesAreExchangeable() async throws {
    let scratch = try Scratch()
    let made = try await Peer.shell(#"age-keygen -o "$1" && age-keygen -y "$1""#, scratch.path("theirs.txt"))
    let theirs = try IdentityFile.read(scratch.path("theirs.txt"))
    #expect(made.output == "\(try #require(theirs.first).recipient)\n")

    let ours = try IdentityFile.create(scratch.path("ours.txt"))
    #expect(try await Peer.shell(#"age-keygen -y "$1""#, scratch.path("ours.txt")).output == "\(ours.recipient)\n")
  }

  @Test(.enabled(if: Peer.isAvailable("python3"), "python3 is not installed"), arguments: [false, true])
  func passphrasesAreExchangeable(armored: Bool) async throws {
    let scratch = try Scratch()
    let plain = Envelopes.pattern(70_000)
    _ = try scratch.file("plain", plain)
    let sealing = try await agePrompting(scratch, ["-p"] + (armored ? ["-a"] : []) + ["-o", "theirs", "plain"])
    #expect(sealing.status == 0, "\(sealing.output) \(sealing.errors)")
    let keys = Keys(passphrase: Secret("correct horse"))
    #expect(try Envelopes.open(scratch.path("theirs"), with: keys) == plain)

    _ = try EnvelopeFile.seal(
      scratch.path("plain"), to: scratch.path("ours"), for: .passphrase(Secret("correct horse")), armored: armored)
    let opening = try await agePrompting(scratch, ["-d", "-o", "again", "ours"])
    #expect(opening.status == 0, "\(opening.output) \(opening.errors)")
    #expect(try scratch.read("again") == plain)
  }

  @Test(.enabled(if: StandardPaths.processEnvironment["JOURNEYMAN_FULL"] == "1", "only with JOURNEYMAN_FULL=1"))
  func fiveGibibytesGoBothWays() async throws {
    let scratch = try Scratch()
    _ = try IdentityFile.create(scratch.path("identity.txt"))
    let path = scratch.path("plain")
    _ = try await Peer.shell(
      #"head -c 5368709120 /dev/zero | openssl enc -aes-128-ctr -nosalt -pass pass:x -out "$1" 2>/dev/null"#, path)
    let identity = try #require(try IdentityFile.read(scratch.path("identity.txt")).first)
    try EnvelopeFile.seal(path, to: scratch.path("ours"), for: .recipients([identity.recipient]))
    let ours = try await Peer.shell(
      #"age -d -i "$1/identity.txt" "$1/ours" | cmp - "$1/plain""#, scratch.directory)
    #expect(ours.status == 0, "\(ours.errors)")
    try FileManager.default.removeItem(atPath: scratch.path("ours"))

    let theirs = try await Peer.shell(
      #"age -r "$2" -o "$1/theirs" "$1/plain""#, scratch.directory, "\(identity.recipient)")
    #expect(theirs.status == 0, "\(theirs.errors)")
    try EnvelopeFile.open(
      scratch.path("theirs"), to: scratch.path("again"), with: Keys(identities: [identity]))
    #expect(try await Peer.shell(#"cmp "$1/again" "$1/plain""#, scratch.directory).status == 0)
  }

  /// Runs `age` on a terminal of its own and answers its prompts, because it takes passphrases nowhere else.
  private func agePrompting(_ scratch: Scratch, _ arguments: [String]) async throws -> (
    status: Int32, output: String, errors: String
  ) {
    let script = """
      import os, pty, sys
      os.chdir(sys.argv[1])
      child, terminal = pty.fork()
      if child == 0:
          os.execvp("age", ["age"] + sys.argv[2:])
      said = b""
      answered = 0
      while True:
          try:
              part = os.read(terminal, 4096)
          except OSError:
              break
          if not part:
              break
          said += part
          if said.count(b":") > answered and said.rstrip(b" ").endswith(b":"):
              answered = said.count(b":")
              os.write(terminal, b"correct horse\\n")
      sys.stdout.write(said.decode(errors="replace"))
      sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
      """
    let outcome = try await TestProgram.run(
      try #require(TestProgram.find("python3")),
      [try scratch.file("prompt.py", Array(script.utf8)), scratch.directory] + arguments)
    return (outcome.status, outcome.output, outcome.errors)
  }
}
