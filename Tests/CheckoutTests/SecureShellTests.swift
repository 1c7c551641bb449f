import Foundation
import JourneymanCheckout
import JourneymanSupport
import TestSupport
import Testing

/// Over a real `sshd`.
@Suite(.takingTurns, .enabled(if: isRequired(SecureShellServer.isAvailable), "sshd is not installed"))
struct SecureShellTests {
  private func bench(_ server: SecureShellServer) async throws -> Workbench {
    var bench = try await Workbench()
    bench.options.knownHosts = server.knownHosts
    return bench
  }

  @Test func keysOfBothKindsWork() async throws {
    let server = try await SecureShellServer.shared.value
    var bench = try await bench(server)
    let url = server.url(bench.source.directory)
    bench.options.sshKey = server.key("ed25519")
    let log = EventLog()
    try await bench.checkOut(into: "a", from: url, progress: log.add)
    #expect(log.serverMessages.contains { $0.hasPrefix("Total") })
    bench.options.sshKey = nil
    let encrypted = CheckoutCredentials.Key(.file(server.key("rsa")), passphrase: PendingSecret(Secret("a passphrase")))
    try await bench.checkOut(into: "b", from: url, credentials: CheckoutCredentials(key: encrypted))
    let text = try String(contentsOfFile: server.key("ed25519"), encoding: .utf8).trimmingCharacters(in: .newlines)
    let inMemory = CheckoutCredentials.Key(.text(Secret(text)))
    try await bench.checkOut(into: "c", from: url, credentials: CheckoutCredentials(key: inMemory))
    let left = try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory())
    #expect(!left.contains { $0.hasPrefix("journeyman-ssh-") })
  }

  @Test func wrongKeysAndPassphrasesAreRefusedWithoutAPrompt() async throws {
    let server = try await SecureShellServer.shared.value
    let bench = try await bench(server)
    let url = server.url(bench.source.directory)
    for key in [
      CheckoutCredentials.Key(.file(server.key("stranger"))),
      CheckoutCredentials.Key(.file(server.key("rsa")), passphrase: PendingSecret(Secret("another passphrase"))),
      CheckoutCredentials.Key(.file(server.key("rsa"))),
    ] {
      let error = await checkoutError {
        try await bench.checkOut(from: url, credentials: CheckoutCredentials(key: key))
      }
      #expect(error?.code == .authentication, "\(error?.message ?? "was checked out")")
      #expect(error?.message.contains("passphrase\"") == false)
    }
  }

  @Test func anAgentsKeysAreUsed() async throws {
    let server = try await SecureShellServer.shared.value
    let bench = try await bench(server)
    let script = """
      eval $(ssh-agent -s) >/dev/null && trap 'kill $SSH_AGENT_PID' EXIT && ssh-add -q '\(server.key("ed25519"))' &&
      '\(try TestProgramPath.journeyman)' clone '\(server.url(bench.source.directory))' '\(bench.scratch("out"))' \
      --config '\(bench.scratch("agent.conf"))'
      """
    try bench.scratch.write("[checkout]\n\tknownHosts = \(server.knownHosts)\n", to: "agent.conf")
    var environment = Git.environment
    environment["HOME"] = bench.scratch("home")
    environment["XDG_CACHE_HOME"] = bench.scratch("cache")
    let outcome = try await TestProgram.run("/bin/bash", ["-c", script], environment: environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try bench.text("file.txt", in: "out") == "one\n")
  }

  @Test func unknownAndChangedHostKeysAreRefusedWithTheirFingerprint() async throws {
    let server = try await SecureShellServer.shared.value
    var bench = try await bench(server)
    let url = server.url(bench.source.directory)
    bench.options.sshKey = server.key("ed25519")
    let keygen = try #require(TestProgram.find("ssh-keygen"))
    let listing = try await TestProgram.run(keygen, ["-lf", server.hostKey + ".pub"])
    let fingerprint = try #require(listing.output.split(separator: " ").first { $0.hasPrefix("SHA256:") })
    try bench.scratch.write("", to: "empty")
    bench.options.knownHosts = bench.scratch("empty")
    let unknown = await checkoutError { try await bench.checkOut(from: url) }
    #expect(unknown?.code == .untrustedHost)
    #expect(unknown?.message.contains(fingerprint) == true && unknown?.message.contains("not known") == true)
    let other = try String(contentsOfFile: server.key("stranger") + ".pub", encoding: .utf8)
    try bench.scratch.write("[127.0.0.1]:\(server.port) \(other)", to: "changed")
    bench.options.knownHosts = bench.scratch("changed")
    let changed = await checkoutError { try await bench.checkOut(from: url) }
    #expect(changed?.code == .untrustedHost)
    #expect(changed?.message.contains(fingerprint) == true && changed?.message.contains("another host key") == true)
  }

  @Test func missingRepositoriesAndOddPathsAreToldApart() async throws {
    let server = try await SecureShellServer.shared.value
    var bench = try await bench(server)
    bench.options.sshKey = server.key("ed25519")
    let missing = await checkoutError { try await bench.checkOut(from: server.url(bench.scratch("nothing"))) }
    #expect(missing?.code == .repositoryNotFound)
    let odd = bench.scratch("it's a $(touch owned); dir!")
    rename(bench.source.directory, odd)
    try await bench.checkOut(from: server.url(odd.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? odd))
    #expect(try bench.text("file.txt") == "one\n")
  }

  @Test func aRefusedConnectionSaysSo() async throws {
    let bench = try await Workbench()
    let error = await checkoutError { try await bench.checkOut(from: "ssh://127.0.0.1:1/x") }
    #expect(error?.code == .network && error?.message.contains("refused") == true)
  }
}
