import Foundation
import JourneymanCheckout
import JourneymanSupport
import TestSupport
import Testing

/// Logins reach the server they are for, and nobody else.
@Suite(.takingTurns) struct CredentialTests {
  private static let password = "s3cr3t-pässword"

  @Test func aLoginOfTheServerIsUsed() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path, ["--user", "ada", "--password", Self.password])
    let url = server.url("source")
    let missing = await checkoutError { try await bench.checkOut(into: "a", from: url) }
    #expect(missing?.code == .authentication && missing?.message.contains("configure") == true)
    let login = CheckoutCredentials.Login(
      server: server.url(""), authorization: .basic(user: "ada", password: PendingSecret(Secret(Self.password))))
    try await bench.checkOut(into: "b", from: url, credentials: CheckoutCredentials(logins: [login]))
    let wrong = CheckoutCredentials.Login(
      server: server.url(""), authorization: .basic(user: "ada", password: PendingSecret(Secret("wrong-password"))))
    let refused = await checkoutError {
      try await bench.checkOut(into: "c", from: url, credentials: CheckoutCredentials(logins: [wrong]))
    }
    #expect(refused?.code == .authentication && refused?.message.contains("wrong-password") == false)
  }

  @Test func aLoginInTheURLIsUsedAndNeverShown() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path, ["--user", "ada", "--password", "pw-in-url"])
    let url = server.url("source", login: "ada:pw-in-url@")
    let revision = try await bench.checkOut(into: "a", from: url)
    #expect(revision.url == server.url("source"))
    let wrong = await checkoutError {
      try await bench.checkOut(into: "b", from: server.url("nope", login: "ada:pw-in-url@"))
    }
    #expect(wrong?.message.contains("pw-in-url") == false)
    let grep = try await TestProgram.run("/bin/sh", ["-c", "grep -rl pw-in-url '\(bench.scratch.path)' || true"])
    #expect(grep.output == "")
  }

  @Test func bearerTokensAreSent() async throws {
    let bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path, ["--bearer", "tok3n"])
    let login = CheckoutCredentials.Login(
      server: server.url("x"), authorization: .bearer(PendingSecret(Secret("tok3n"))))
    try await bench.checkOut(from: server.url("source"), credentials: CheckoutCredentials(logins: [login]))
  }

  /// The protocol as AWS CodeCommit's helper needs it: with the path, asked only after a refusal.
  @Test func aCredentialHelperIsAsked() async throws {
    var bench = try await Workbench()
    let server = try await Server.web(bench.scratch.path, ["--user", "u", "--password", "from-helper"])
    let said = bench.scratch("said")
    try bench.scratch.write(
      "#!/bin/sh\necho \"== $1\" >> \(said)\ncat >> \(said)\n[ $1 = get ] && printf 'username=u\\npassword=from-helper\\n'\nexit 0\n",
      to: "helper")
    chmod(bench.scratch("helper"), 0o755)
    bench.options.credentialHelper = bench.scratch("helper")
    try await bench.checkOut(into: "a", from: server.url("source"))
    let text = try String(contentsOfFile: said, encoding: .utf8)
    #expect(text.hasPrefix("== get\nprotocol=http\nhost=127.0.0.1:\(server.port)\npath=source\n\n== store\n"))
    #expect(text.contains("password=from-helper"))
    bench.options.credentialHelper = "!f() { printf 'username=u\\npassword=bad\\n'; }; f"
    let refused = await checkoutError { try await bench.checkOut(into: "b", from: server.url("source")) }
    #expect(refused?.code == .authentication)
    bench.options.credentialHelper = "!exit 3 #"
    let failed = await checkoutError { try await bench.checkOut(into: "c", from: server.url("source")) }
    #expect(failed?.message.contains("status 3") == true)
  }

  /// CVE-2020-11008, CVE-2022-31043 and kin: a redirect takes the request, not the credential.
  @Test func credentialsDoNotFollowARedirectToAnotherHost() async throws {
    let bench = try await Workbench()
    let open = try await Server.web(bench.scratch.path, ["--log", bench.scratch("elsewhere")])
    let redirecting = try await Server.web(
      bench.scratch.path, ["--redirect-to", "http://127.0.0.1:\(open.port)", "--log", bench.scratch("first")])
    let login = CheckoutCredentials.Login(
      server: redirecting.url(""), authorization: .basic(user: "ada", password: PendingSecret(Secret(Self.password))))
    let credentials = CheckoutCredentials(logins: [login])
    try await bench.checkOut(from: redirecting.url("source"), credentials: credentials)
    let first = try String(contentsOfFile: bench.scratch("first"), encoding: .utf8)
    #expect(first.contains("Basic "))
    let second = try String(contentsOfFile: bench.scratch("elsewhere"), encoding: .utf8)
    #expect(second.contains("POST /source/git-upload-pack") && !second.contains("Basic"))
  }

  @Test func aHelperIsNotAskedForTheHostOfARedirect() async throws {
    var bench = try await Workbench()
    let locked = try await Server.web(bench.scratch.path, ["--user", "u", "--password", "p"])
    let redirecting = try await Server.web(bench.scratch.path, ["--redirect-to", "http://127.0.0.1:\(locked.port)"])
    bench.options.credentialHelper = "!touch \(bench.scratch("asked")); printf 'username=u\\npassword=p\\n' #"
    let error = await checkoutError { try await bench.checkOut(from: redirecting.url("source")) }
    #expect(error?.code == .authentication)
    #expect(access(bench.scratch("asked"), F_OK) != 0)
  }

  @Test func submodulesOnOtherHostsGetNoCredentials() async throws {
    var bench = try await Workbench()
    let other = try await Server.web(bench.scratch.path, ["--log", bench.scratch("other")])
    let server = try await Server.web(bench.scratch.path, ["--user", "ada", "--password", "p"])
    let leaf = try await Git.create(bench.scratch("leaf"))
    try leaf.write("leaf\n", to: "leaf")
    try await leaf.commit()
    // A repository's author may write a login into the URL; it is not used either.
    try await bench.source("submodule", "add", "-q", "../leaf", "sub")
    try bench.source.write(
      "[submodule \"sub\"]\n\tpath = sub\n\turl = \(other.url("leaf", login: "eve:x@"))\n", to: ".gitmodules")
    try await bench.source.commit("with a submodule")
    let login = CheckoutCredentials.Login(
      server: server.url(""), authorization: .basic(user: "ada", password: PendingSecret(Secret("p"))))
    bench.options.submoduleSchemes = ["http"]
    let revision = try await bench.checkOut(
      from: server.url("source"), credentials: CheckoutCredentials(logins: [login]))
    #expect(revision.submodules == ["sub"])
    let requests = try String(contentsOfFile: bench.scratch("other"), encoding: .utf8)
    #expect(requests.contains("POST") && !requests.contains("Basic"))
  }

  @Test func certificatesAreCheckedAgainstTheConfiguredAuthorities() async throws {
    var bench = try await Workbench()
    let openssl = try #require(TestProgram.find("openssl"))
    let made = try await TestProgram.run(
      openssl,
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", bench.scratch("key"), "-out",
        bench.scratch("certificate"),
      ])
    try #require(made.status == 0, "\(made.errors)")
    let server = try await Server.web(
      bench.scratch.path, ["--certificate", bench.scratch("certificate"), "--key", bench.scratch("key")])
    let url = server.url("source", scheme: "https")
    let error = await checkoutError { try await bench.checkOut(into: "a", from: url) }
    #expect(error?.code == .untrustedHost, "\(error?.message ?? "was checked out")")
    bench.options.certificateAuthorities = bench.scratch("certificate")
    try await bench.checkOut(into: "b", from: url)
  }

  @Test func aProxyIsUsed() async throws {
    var bench = try await Workbench()
    // The test server takes a request in absolute form for one to itself; that is proxy enough.
    let proxy = try await Server.web(bench.scratch.path, ["--log", bench.scratch("requests")])
    bench.options.proxy = "http://127.0.0.1:\(proxy.port)"
    _ = await checkoutError { try await bench.checkOut(from: "http://git.example.invalid/source") }
    let requests = try String(contentsOfFile: bench.scratch("requests"), encoding: .utf8)
    #expect(requests.hasPrefix("GET http://git.example.invalid/source/info/refs?service=git-upload-pack"))
  }
}
