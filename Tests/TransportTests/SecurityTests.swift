import Foundation
import JourneymanSupport
import JourneymanTransport
import TestSupport
import Testing

/// TLS with an authority of our own, client certificates, proxies, and who is told what.
@Suite(
  .takingTurns, .enabled(if: TestProgram.find("openssl") != nil || isCI, "openssl is not installed"),
  .timeLimit(.minutes(30)))
struct SecurityTests {
  private let certificates: TestCertificates
  private let server: StoreServer

  init() async throws {
    certificates = try await TestCertificates()
    server = try await StoreServer(certificates: certificates.path)
  }

  private func get(_ url: String, _ change: (inout HTTPConfiguration) -> Void = { _ in }) async throws -> HTTPResponse {
    var configuration = HTTPConfiguration()
    change(&configuration)
    return try await HTTPClient(configuration).send(HTTPRequest("GET", try WebAddress(url)))
  }

  @Test func anUnknownAuthorityIsRefusedAndAConfiguredOneTrusted() async throws {
    let error = await #expect(throws: TransportError.self) { try await get(server.secureURL("x")) }
    #expect(error?.code == .insecure)
    #expect(error?.message.contains("caFile") == true)
    let answer = try await get(server.secureURL("x")) { $0.caFile = certificates.path + "/ca.pem" }
    #expect(answer.status == 404)
    let wrong = await #expect(throws: TransportError.self) {
      try await get(server.secureURL("x")) { $0.caFile = certificates.path + "/stranger.pem" }
    }
    #expect(wrong?.code == .insecure)
    let missing = await #expect(throws: TransportError.self) {
      try await get(server.secureURL("x")) { $0.caFile = "/nonexistent.pem" }
    }
    #expect(missing?.code == .insecure)
  }

  @Test func theHostOfTheCertificateCounts() async throws {
    let url = server.secureURL("x").replacing("localhost", with: "127.0.0.1")
    let error = await #expect(throws: TransportError.self) {
      try await get(url) { $0.caFile = certificates.path + "/ca.pem" }
    }
    #expect(error?.code == .insecure)
  }

  @Test func aClientCertificateIsPresented() async throws {
    let url = server.secureURL("x", mutual: true)
    await #expect(throws: TransportError.self) {
      try await get(url) { $0.caFile = certificates.path + "/ca.pem" }
    }
    let answer = try await get(url) {
      $0.caFile = certificates.path + "/ca.pem"
      $0.clientCertificate = certificates.path + "/client.crt"
      $0.clientKey = certificates.path + "/client.key"
    }
    #expect(answer.status == 404)
    #expect(try server.requests().last?.server == "mutual")
  }

  @Test func aDowngradeIsRefused() async throws {
    var configuration = HTTPConfiguration()
    configuration.caFile = certificates.path + "/ca.pem"
    var request = HTTPRequest("GET", try WebAddress(server.secureURL("x", script: "downgrade")))
    request.redirects = .follow(limit: 3)
    let error = await #expect(throws: TransportError.self) { try await HTTPClient(configuration).send(request) }
    #expect(error?.code == .redirectRefused)
    #expect(try server.requests().map(\.server) == ["tls"])
  }

  @Test func aProxyIsUsedAndGetsItsOwnCredentialsOnly() async throws {
    var configuration = HTTPConfiguration()
    configuration.proxy = "http://who:pass@\(server.proxy)"
    var request = HTTPRequest("GET", try WebAddress("http://store.example/-/404/x"))
    request.authorization = .basic(user: "me", password: Secret("for the store"))
    #expect(try await HTTPClient(configuration).send(request).status == 404)
    let seen = try #require(try server.requests().last)
    #expect(seen.proxied && seen.target == "http://store.example/-/404/x")
    #expect(seen.headers["proxy-authorization"] == "Basic " + Data("who:pass".utf8).base64EncodedString())
    #expect(seen.headers["authorization"] == "Basic " + Data("me:for the store".utf8).base64EncodedString())
    #expect(seen.headers["host"] == "store.example")
  }
}

/// Whether a missing peer fails instead of skipping.
let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
