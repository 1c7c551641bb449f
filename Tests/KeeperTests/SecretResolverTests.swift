import Foundation
import JourneymanBuildModel
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanKeeper

@Suite(.takingTurns) struct SecretResolverTests {
  /// A directory for secret files, removed with its last use.
  private final class Directory {
    let path = NSTemporaryDirectory() + "journeyman-secrets-\(UUID().uuidString)"
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], mode: Int = 0o600) throws -> String {
      let file = path + "/\(UUID().uuidString)"
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      return file
    }
  }

  private let directory: Directory
  init() throws { directory = try Directory() }

  private func resolver(
    _ source: SecretSettings.Source, _ environment: [String: String] = ["PATH": "/usr/bin:/bin"]
  ) -> SecretResolver {
    var settings = Settings()
    settings.secrets = [SecretSettings(name: "token", source: source)]
    return SecretResolver(settings, environment: environment)
  }

  private func failure(
    _ source: SecretSettings.Source, _ environment: [String: String] = ["PATH": "/usr/bin:/bin"]
  ) async -> SecretError? {
    await #expect(throws: SecretError.self) { try await resolver(source, environment).value(of: "token") }
  }

  @Test(arguments: [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("two\nlines\n\n", "two\nlines\n"), ("a\r\n", "a")])
  func aFileGivesItsContentWithoutOneNewline(content: String, expected: String) async throws {
    let file = try directory.write(Array(content.utf8))
    #expect(try await resolver(.file(file)).value(of: "token").reveal() == expected)
  }

  @Test(arguments: [0o604, 0o602, 0o644])
  func aFileOpenToEveryUserIsRefused(mode: Int) async throws {
    let error = await failure(.file(try directory.write(Array("s3cret".utf8), mode: mode)))
    #expect(error?.code == .unsafe)
    #expect(error?.message.contains("chmod o= ") == true)
    #expect(error?.message.contains("s3cret") == false)
  }

  @Test func aFileOfTheGroupIsFine() async throws {
    let file = try directory.write(Array("s3cret".utf8), mode: 0o640)
    #expect(try await resolver(.file(file)).value(of: "token").reveal() == "s3cret")
  }

  @Test(
    arguments: [
      ([], "empty value"), ([0x0A], "empty value"), ([0x61, 0x00, 0x62], "not UTF-8 text"), ([0xFF], "not UTF-8 text"),
      ([UInt8](repeating: 0x61, count: 33_000), "File too large"),
    ] as [([UInt8], String)])
  func unusableContentIsRefused(content: [UInt8], message: String) async throws {
    let error = await failure(.file(try directory.write(content)))
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func aMissingFileAndADirectoryAreNamed() async {
    #expect(await failure(.file("/nonexistent/token"))?.message.contains("/nonexistent/token") == true)
    #expect(await failure(.file("/"))?.code == .unavailable)
  }

  @Test func aVariableGivesItsValue() async throws {
    #expect(try await resolver(.environment("T"), ["T": "s3cret"]).value(of: "token").reveal() == "s3cret")
    #expect(await failure(.environment("T"), [:])?.code == .unavailable)
    #expect(await failure(.environment("T"), ["T": ""])?.code == .unusable)
  }

  @Test func aCommandGivesWhatItPrints() async throws {
    let value = try await resolver(.command("printf 's3cret\\n'; echo '' >&2")).value(of: "token")
    #expect(value.reveal() == "s3cret")
  }

  @Test func aFailingCommandIsAnErrorWithoutWhatItPrinted() async {
    let error = await failure(.command("echo s3cret; exit 7"))
    #expect(error?.message.contains("status 7") == true)
    #expect(error?.message.contains("s3cret") == false)
  }

  @Test func aCommandThatHangsOrFloodsIsEnded() async {
    let command = CommandSecret(command: "sleep 600", environment: [:], timeout: .milliseconds(200))
    let slow = await #expect(throws: SecretError.self) { try await command.value() }
    #expect(slow?.message.contains("did not end within") == true)
    let flood = CommandSecret(command: "exec cat /dev/zero", environment: ["PATH": "/bin"], timeout: .seconds(1))
    let tooMuch = await #expect(throws: SecretError.self) { try await flood.value() }
    #expect(tooMuch?.message.contains("more than 32768 bytes") == true)
  }

  @Test func aDescendantThatKeepsThePipeOpenMakesNobodyWait() async throws {
    let note = FileManager.default.temporaryDirectory.path + "/journeyman-secret-daemon-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: note) }
    // Without the test's own standard error: whoever reads that waits for its last writer.
    let command = CommandSecret(
      command: "setsid sleep 600 2>/dev/null & echo $! >'\(note)'; echo s3cret",
      environment: ["PATH": "/usr/bin:/bin"], timeout: .seconds(60))
    #expect(try await command.value().reveal() == "s3cret")
    let text = try String(contentsOfFile: note, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    let daemon = try #require(pid_t(text))
    // A sweep for orphans in another test may have been faster.
    kill(daemon, SIGKILL)
  }

  @Test func anUnknownNameSuggestsTheNearest() async {
    let error = await #expect(throws: SecretError.self) {
      try await resolver(.environment("T")).value(of: "tokn")
    }
    #expect(error?.code == .unknown)
    #expect(error?.message.contains("did you mean 'token'?") == true)
  }

  @Test func jsonKeysSelectFieldsAndErrorsDoNotQuoteTheValue() async throws {
    let resolver = resolver(.environment("T"), ["T": #"{"user":"me","port":8080,"on":true,"deep":{}}"#])
    func field(_ key: String) async throws -> String {
      let reference = SecretReference(kind: .secretsManager, name: "token", jsonKey: key)
      return try await resolver.values(of: [reference]).map { $0.reveal() }.joined()
    }
    #expect(try await field("user") == "me")
    #expect(try await field("port") == "8080")
    #expect(try await field("on") == "true")
    await #expect(throws: SecretError.self) { try await field("deep") }
    await #expect(throws: SecretError.self) { try await field("none") }
    let plain = self.resolver(.environment("T"), ["T": "s3cret"])
    let error = await #expect(throws: SecretError.self) {
      try await plain.values(of: [SecretReference(kind: .secretsManager, name: "token", jsonKey: "user")])
    }
    #expect(error?.message.contains("s3cret") == false)
  }

  @Test func aProviderThatGaveItsValueIsNotAskedAgain() async throws {
    let marker = directory.path + "/calls"
    let resolver = resolver(.command("echo x >> '\(marker)'; echo s3cret"))
    for _ in 0..<3 { _ = try await resolver.value(of: "token") }
    #expect(try String(contentsOfFile: marker, encoding: .utf8) == "x\n")
  }

  /// The keeper answers a worker that may be in the hands of the sources it builds.
  @Test func aBuildCannotHaveTheAgentsOwnSecrets() async throws {
    let names = ["of-store", "of-server", "of-key", "of-builds"]
    var settings = Settings()
    settings.secrets = names.map { SecretSettings(name: $0, source: .environment("T")) }
    var store = ArtifactStoreSettings(name: "archive", store: "https://store.example.org")
    store.secret = "of-store"
    settings.artifactStores = [store]
    settings.credentials = [CredentialSettings(server: "https://git.example.org", secret: "of-server")]
    settings.checkout.sshKeyPassphrase = "of-key"
    let resolver = SecretResolver(settings, environment: ["T": "s3cret"])
    for kind in [SecretReference.Kind.parameterStore, .secretsManager, .action] {
      for name in names.dropLast() {
        let error = await #expect(throws: SecretError.self) {
          try await resolver.values(of: [SecretReference(kind: kind, name: name)])
        }
        #expect(error?.code == .reserved)
        #expect(error?.message.contains("'\(name)'") == true)
      }
      #expect(try await resolver.values(of: [SecretReference(kind: kind, name: "of-builds")]).count == 1)
    }
    for name in ["of-store", "of-builds"] {
      let error = await #expect(throws: SecretError.self) {
        try await resolver.values(of: [SecretReference(kind: .checkout, name: name)])
      }
      #expect(error?.code == .reserved)
    }
    for name in ["of-server", "of-key"] {
      #expect(try await resolver.values(of: [SecretReference(kind: .checkout, name: name)]).first?.reveal() == "s3cret")
    }
    // The keeper itself takes what it needs.
    #expect(try await resolver.value(of: "of-store").reveal() == "s3cret")
  }
}
