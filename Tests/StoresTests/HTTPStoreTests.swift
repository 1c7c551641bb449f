import Foundation
import JourneymanSupport
import JourneymanTransport
import Synchronization
import TestSupport
import Testing

@testable import JourneymanStores

@Suite(.takingTurns, .timeLimit(.minutes(30))) struct HTTPStoreTests {
  private let server: StoreServer
  private let waits = Waits()

  init() async throws { server = try await StoreServer() }

  /// A store whose waits are noted and not waited for.
  private func store(
    _ script: String = "ok", flags: String = "-", authorization: HTTPAuthorization? = nil, idle: Duration = .seconds(30)
  ) throws -> HTTPStore {
    HTTPStore(
      name: "remote", address: try WebAddress(server.url(flags: flags, script: script)), client: HTTPClient(),
      authorization: authorization, timeouts: HTTPTimeouts(connect: .seconds(10), idle: idle),
      sleep: { [waits] in waits.add($0) })
  }

  private func put(_ store: HTTPStore, _ bytes: [UInt8], key: String = "key") async throws {
    try await store.put(try ScratchFile(bytes).local, as: try StoreKey(key), token: "t")
  }

  private func failure(_ store: HTTPStore, _ bytes: [UInt8] = [1, 2, 3]) async -> StoreError? {
    await #expect(throws: StoreError.self) { try await put(store, bytes) }
  }

  private static let largeFile = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
  private var large: [UInt8] { Self.largeFile }

  private func puts() throws -> [StoreServer.Request] { try server.requests().filter { $0.method == "PUT" } }

  @Test(arguments: ["-", "resume", "nohead"]) func conforms(flags: String) async throws {
    try await ArtifactStoreConformance(store: try store(flags: flags)).run()
  }

  @Test func aRequestSaysWhatItSends() async throws {
    try await put(try store(authorization: .bearer(Secret("tok"))), large)
    let request = try #require(try puts().first)
    #expect(request.headers["authorization"] == "Bearer tok")
    #expect(request.headers["expect"] == "100-continue")
    #expect(request.headers["content-length"] == "3000000")
    #expect(request.headers["repr-digest"]?.hasPrefix("sha-256=:") == true)
    try await put(try store(authorization: .basic(user: "u", password: Secret("p"))), [1, 2, 3], key: "small")
    let small = try #require(try puts().last)
    #expect(small.headers["authorization"] == "Basic dTpw")
    // printf '\1\2\3' | openssl dgst -sha256 -binary | base64
    #expect(small.headers["repr-digest"] == "sha-256=:A5BYxvLAy0ksUzsKTRTvd8wPeKvMztUofYShogEc+4E=:")
    #expect(small.headers["expect"] == nil)
  }

  @Test(arguments: ["500,503,502,ok", "429,ok", "cut@10,reset@1000,cut@2000000,ok", "garbage,ok", "reset@0,ok"])
  func whatPassesIsTriedAgain(script: String) async throws {
    try await put(try store(script), large)
    #expect(server.stored("key") == large)
    #expect(try puts().count == script.split(separator: ",").count)
    #expect(waits.all.count == script.split(separator: ",").count - 1)
    for (attempt, wait) in zip(1..., waits.all) { #expect(wait <= .milliseconds(500) * (1 << (attempt - 1))) }
  }

  @Test(arguments: [400, 401, 403, 404, 405, 409, 411, 413])
  func whatTheClientDidWrongIsNot(status: Int) async throws {
    let error = await failure(try store("\(status),ok"), large)
    #expect(error?.code == .refused)
    #expect(error?.message.contains("\(status)") == true)
    #expect(try puts().count == 1)
    #expect(server.stored("key") == nil)
  }

  @Test func itEndsAfterAllAttempts() async throws {
    let error = await failure(try store("503"))
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("after 6 attempts") == true)
    #expect(try puts().count == 6 && waits.all.count == 5)
    #expect(server.stored("key") == nil)
  }

  @Test func theServersWaitIsKept() async throws {
    try await put(try store("503;retry-after=20,429;retry-after=0,ok"), [1])
    #expect(waits.all.count == 2 && waits.all[0] >= .seconds(20) && waits.all[0] <= .milliseconds(20_500))
    #expect(await failure(try store("503;retry-after=100000,ok"))?.code == .unavailable)
  }

  @Test func anInterruptedUploadIsContinuedWhereTheServerSaysSo() async throws {
    try await put(try store("cut@1000000,reset@500000,ok", flags: "resume"), large)
    #expect(server.stored("key") == large)
    let requests = try puts()
    #expect(requests.count == 3)
    #expect(requests[0].headers["content-range"] == nil)
    #expect(requests[1].headers["content-range"] == "bytes 1000000-2999999/3000000")
    #expect(requests[2].headers["content-range"] == "bytes 1500000-2999999/3000000")
    let asked = try server.requests().filter { $0.method == "HEAD" && $0.headers["content-range"] != nil }
    #expect(asked.map { $0.headers["content-range"] } == ["bytes */3000000", "bytes */3000000"])
  }

  @Test func aServerThatCannotContinueGetsEverythingAgain() async throws {
    try await put(try store("cut@1000000,ok"), large)
    #expect(server.stored("key") == large)
    #expect(try puts().allSatisfy { $0.headers["content-range"] == nil })
  }

  @Test func stallsEndByTheIdleTimeAndAreTriedAgain() async throws {
    let bytes = [UInt8](repeating: 1, count: 8_000_000)
    try await put(try store("stall@1000,ok", idle: .seconds(1)), bytes)
    #expect(server.stored("key") == bytes)
    try await put(try store("silent,ok", idle: .seconds(1)), [1], key: "silent")
    #expect(server.stored("silent") == [1])
  }

  @Test func anotherHostIsRefusedAndLearnsNothing() async throws {
    let error = await failure(try store("other", authorization: .bearer(Secret("tok"))), large)
    #expect(error?.code == .refused)
    #expect(error?.message.contains("redirects to") == true)
    #expect(try server.requests().allSatisfy { $0.server == "plain" })
    try await put(try store("self", authorization: .bearer(Secret("tok"))), large, key: "self")
    #expect(server.stored("self") == large)
  }

  @Test func aServerThatKeepsHalfIsFoundOut() async throws {
    let error = await failure(try store(flags: "lossy"), large)
    #expect(error?.code == .incomplete)
  }

  @Test func aRefusalDuringTheUploadIsTheAnswer() async throws {
    let error = await failure(try store("403", flags: "early"), large)
    #expect(error?.code == .refused)
  }

  /// Connections cut at random bytes: every upload ends complete, or failed with nothing under its key.
  @Test(arguments: ["-", "resume"]) func cutsAtRandomBytesNeverLeaveAPart(flags: String) async throws {
    let seed = UInt64.random(in: .min ... .max)
    print("cutsAtRandomBytesNeverLeaveAPart: seed \(seed)")
    var generator = SplitMix(state: seed)
    let rounds = ProcessInfo.processInfo.environment["JOURNEYMAN_FULL"] == "1" ? 100 : 6
    let bytes = large
    var complete = 0
    for round in 0..<rounds {
      let script = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
        ["cut", "reset"][Int.random(in: 0...1, using: &generator)]
          + "@\(Int.random(in: 0..<bytes.count, using: &generator))"
      }
      do {
        try await put(try store((script + ["ok"]).joined(separator: ","), flags: flags), bytes, key: "random/\(round)")
        #expect(server.stored("random/\(round)") == bytes)
        complete += 1
      } catch let error as StoreError {
        #expect(error.code == .unavailable, "\(error)")
        #expect(server.stored("random/\(round)") == nil)
      }
    }
    print("cutsAtRandomBytesNeverLeaveAPart: \(complete) of \(rounds) complete")
  }
}

/// Waiting times, noted instead of waited for.
final class Waits: Sendable {
  private let noted = Mutex<[Duration]>([])
  var all: [Duration] { noted.withLock { $0 } }
  func add(_ wait: Duration) { noted.withLock { $0.append(wait) } }
}
