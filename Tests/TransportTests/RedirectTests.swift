import Foundation
import JourneymanSupport
import JourneymanTransport
import TestSupport
import Testing

/// Redirects: followed as far as the policy says, and credentials never leave their origin.
@Suite(.takingTurns, .timeLimit(.minutes(30))) struct RedirectTests {
  private let server: StoreServer
  private let client = HTTPClient()

  init() async throws { server = try await StoreServer() }

  private func put(_ script: String, _ policy: RedirectPolicy) throws -> HTTPRequest {
    var put = HTTPRequest("PUT", try WebAddress(server.url("key", script: script)))
    put.body = .bytes([7])
    put.authorization = .bearer(Secret("token-1"))
    put.headers.add("X-Api-Key", "key-1")
    put.redirects = policy
    return put
  }

  @Test func byDefaultTheCallerGetsTheRedirect() async throws {
    let answer = try await client.send(try put("other", .refuse))
    #expect(answer.status == 307)
    #expect(try server.requests().map(\.server) == ["plain"])
  }

  @Test func withinTheOriginTheBodyAndCredentialsGoAlong() async throws {
    let answer = try await client.send(try put("self", .sameOrigin(limit: 3)))
    #expect(answer.status == 201)
    #expect(answer.address.text.contains("/ok/"))
    #expect(server.stored("key") == [7])
    #expect(try server.requests().map { $0.headers["authorization"] } == ["Bearer token-1", "Bearer token-1"])
  }

  @Test func anotherOriginIsRefusedAndNamed() async throws {
    let error = await #expect(throws: TransportError.self) {
      try await client.send(try put("other", .sameOrigin(limit: 3)))
    }
    #expect(error?.code == .redirectRefused)
    #expect(error?.message.contains("which was not configured") == true)
    #expect(try server.requests().map(\.server) == ["plain"])
    #expect(server.stored("key") == nil)
  }

  @Test func followedToAnotherOriginCredentialsStay() async throws {
    let answer = try await client.send(try put("other", .follow(limit: 3)))
    #expect(answer.status == 201)
    let requests = try server.requests()
    #expect(requests.map(\.server) == ["plain", "other"])
    #expect(requests.last?.headers["authorization"] == nil)
    #expect(requests.last?.headers["x-api-key"] == nil)
  }

  @Test func loopsEnd() async throws {
    var get = HTTPRequest("GET", try WebAddress(server.url("none", script: "self,self,self,self")))
    get.redirects = .sameOrigin(limit: 0)
    let error = await #expect(throws: TransportError.self) { try await client.send(get) }
    #expect(error?.code == .redirectRefused)
  }
}
