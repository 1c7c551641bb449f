import Foundation
import JourneymanSupport
import JourneymanTransport
import TestSupport
import Testing

@Suite(.takingTurns, .timeLimit(.minutes(30))) struct HTTPClientTests {
  private let server: StoreServer
  private let client = HTTPClient()

  init() async throws { server = try await StoreServer() }

  private func request(
    _ method: String, _ key: String, flags: String = "-", script: String = "ok"
  ) throws -> HTTPRequest {
    HTTPRequest(method, try WebAddress(server.url(key, flags: flags, script: script)))
  }

  private func failure(_ request: HTTPRequest, _ client: HTTPClient? = nil) async -> TransportError? {
    await #expect(throws: TransportError.self) { try await (client ?? self.client).send(request) }
  }

  @Test func putAndGetGiveTheSameBytes() async throws {
    var put = try request("PUT", "a/b.bin")
    put.body = .bytes([1, 2, 3])
    #expect(try await client.send(put).status == 201)
    let answer = try await client.send(try request("GET", "a/b.bin"))
    #expect(answer.status == 200 && answer.body == [1, 2, 3] && answer.received == 3)
    #expect(answer.headers["CONTENT-length"] == "3")
    #expect(try await client.send(try request("HEAD", "a/b.bin")).headers["content-length"] == "3")
    #expect(try await client.send(try request("DELETE", "a/b.bin")).status == 204)
    #expect(try await client.send(try request("GET", "a/b.bin")).status == 404)
  }

  @Test func partsOfFilesStreamInBothDirections() async throws {
    let file = try TemporaryFile(size: 40 << 20)
    var put = try request("PUT", "big")
    put.body = .file(descriptor: file.descriptor.number, offset: 1000, length: (40 << 20) - 1000)
    put.expectsContinue = true
    #expect(try await client.send(put).status == 201)
    #expect(server.stored("big") == Array(try file.content()[1000...]))
    let target = try TemporaryFile(size: 0)
    var get = try request("GET", "big")
    get.sink = .descriptor(target.descriptor.number, limit: 1 << 30)
    let answer = try await client.send(get)
    #expect(answer.received == (40 << 20) - 1000 && answer.body.isEmpty)
    #expect(try target.content() == Array(try file.content()[1000...]))
  }

  @Test func anEmptyBodyIsSentAsOne() async throws {
    var put = try request("PUT", "empty")
    put.body = .bytes([])
    #expect(try await client.send(put).status == 201)
    #expect(server.stored("empty") == [])
    #expect(try server.requests().last?.headers["content-length"] == "0")
  }

  @Test func refusalsAreAnswersAndKeepTheirText() async throws {
    let answer = try await client.send(try request("GET", "x", script: "403"))
    #expect(answer.status == 403 && !answer.isSuccess)
    #expect(String(decoding: answer.body, as: UTF8.self) == "because the test says so\n")
  }

  @Test func aRefusalDoesNotReachTheDescriptor() async throws {
    let target = try TemporaryFile(size: 0)
    var get = try request("GET", "x", script: "500")
    get.sink = .descriptor(target.descriptor.number, limit: 1000)
    let answer = try await client.send(get)
    #expect(answer.status == 500 && !answer.body.isEmpty)
    #expect(try target.content().isEmpty)
  }

  @Test func aRefusalBeforeTheBodyIsAnAnswer() async throws {
    let file = try TemporaryFile(size: 30 << 20)
    var put = try request("PUT", "big", script: "413")
    put.body = .file(descriptor: file.descriptor.number, offset: 0, length: 30 << 20)
    put.expectsContinue = true
    #expect(try await client.send(put).status == 413)
    #expect(try server.requests().last?.headers["expect"] == "100-continue")
  }

  @Test(arguments: ["garbage", "cut@1000", "reset@1000"])
  func brokenConnectionsAreErrors(script: String) async throws {
    let file = try TemporaryFile(size: 5 << 20)
    var put = try request("PUT", "x", script: script)
    put.body = .file(descriptor: file.descriptor.number, offset: 0, length: 5 << 20)
    let error = await failure(put)
    #expect(error?.code == .connectionLost, "\(String(describing: error))")
    #expect(error?.message.contains("127.0.0.1") == true)
  }

  @Test func answersAreBounded() async throws {
    var huge = try request("GET", "x", script: "huge")
    huge.sink = .memory(limit: 100_000)
    #expect(await failure(huge)?.code == .tooLarge)
    let target = try TemporaryFile(size: 0)
    huge.sink = .descriptor(target.descriptor.number, limit: 1_000_000)
    #expect(await failure(huge)?.code == .tooLarge)
    #expect(try target.content().count <= 1_000_000)
    #expect(await failure(try request("GET", "x", script: "headers")) != nil)
  }

  @Test func stallsEndAfterTheIdleTime() async throws {
    let file = try TemporaryFile(size: 60 << 20)
    var put = try request("PUT", "x", script: "stall@1000")
    put.body = .file(descriptor: file.descriptor.number, offset: 0, length: 60 << 20)
    put.timeouts.idle = .seconds(1)
    #expect(await failure(put)?.code == .stalled)
    var silent = try request("PUT", "y", script: "silent")
    silent.body = .bytes([1])
    silent.timeouts.idle = .seconds(1)
    #expect(await failure(silent)?.code == .stalled)
    silent.timeouts = HTTPTimeouts(idle: nil, total: .milliseconds(300))
    #expect(await failure(silent)?.code == .timedOut)
  }

  @Test func hostsThatAreNotThereAreNamed() async throws {
    let gone = await failure(HTTPRequest("GET", try WebAddress("http://127.0.0.1:1/x?token=hidden")))
    #expect(gone?.code == .cannotConnect)
    #expect(gone?.message.contains("http://127.0.0.1:1") == true && gone?.message.contains("hidden") == false)
    let unknown = await failure(HTTPRequest("GET", try WebAddress("http://host.invalid/x")))
    #expect(unknown?.code == .cannotResolve)
  }

  @Test func tasksCanBeCancelledAtAnyMoment() async throws {
    for delay in [0, 0, 0, 1, 5, 50] {
      var silent = try request("PUT", "x", script: "silent")
      silent.body = .bytes([1])
      let request = silent
      let task = Task { [client] in try await client.send(request) }
      if delay > 0 { try await Task.sleep(for: .milliseconds(delay)) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        let request = try? request("GET", "x", script: "404")
        let task = Task { [client] in if let request { _ = try await client.send(request) } }
        group.addTask {
          await Task.yield()
          task.cancel()
          _ = await task.result
        }
      }
    }
    #expect(try await client.send(try request("GET", "x", script: "404")).status == 404, "the client still works")
  }

  @Test func manyRequestsRunAtOnce() async throws {
    let requests = try (0..<50).map { number in
      var put = try request("PUT", "many/\(number)")
      put.body = .bytes([UInt8](repeating: UInt8(number), count: 10_000))
      return put
    }
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for request in requests { group.addTask { [client] in try await client.send(request).status } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == [Int](repeating: 201, count: 50))
    for number in 0..<50 {
      #expect(server.stored("many/\(number)") == [UInt8](repeating: UInt8(number), count: 10_000))
    }
  }

  @Test func aClientThatWasShutDownRefuses() async throws {
    let own = HTTPClient()
    var silent = try request("PUT", "x", script: "silent")
    silent.body = .bytes([1])
    let request = silent
    let task = Task { try await own.send(request) }
    try await Task.sleep(for: .milliseconds(50))
    own.shutDown()
    let ended = await #expect(throws: TransportError.self) { try await task.value }
    #expect(ended?.code == .shutDown)
    #expect(await failure(request, own)?.code == .shutDown)
  }

  @Test func aSlowReaderHoldsTheTransferBack() async throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let reading = OwnedDescriptor(taking: ends[0])
    let writing = OwnedDescriptor(taking: ends[1])
    #expect(fcntl(writing.number, F_SETFL, O_NONBLOCK) == 0)
    var get = try request("GET", "x", script: "slow")
    get.sink = .descriptor(writing.number, limit: 1 << 30)
    let request = get
    let task = Task { [client] in try await client.send(request) }
    // The pipe holds 64 KiB of 1.2 MB: the answer cannot be complete, and other requests are not held up.
    try await Task.sleep(for: .milliseconds(200))
    #expect(try await client.send(try self.request("GET", "y", script: "404")).status == 404)
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 10_000)
    while content.count < 300 * 4096 {
      let count = read(reading.number, &chunk, chunk.count)
      if count <= 0 { break }
      content += chunk[..<count]
      if content.count % 7 == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }
    #expect(try await task.value.received == 300 * 4096)
    #expect(content == (0..<300).flatMap { [UInt8](repeating: UInt8($0 % 251), count: 4096) })
  }

  @Test func aReaderThatLeavesEndsTheTransfer() async throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let writing = OwnedDescriptor(taking: ends[1])
    #expect(fcntl(writing.number, F_SETFL, O_NONBLOCK) == 0)
    var get = try request("GET", "x", script: "huge")
    get.sink = .descriptor(writing.number, limit: 1 << 40)
    let request = get
    signal(SIGPIPE, SIG_IGN)
    let task = Task { [client] in try await client.send(request) }
    try await Task.sleep(for: .milliseconds(100))
    close(ends[0])
    let error = await #expect(throws: TransportError.self) { try await task.value }
    #expect(error?.code == .unwritableSink)
  }

  @Test func headerInjectionIsRefused() async throws {
    for (name, value) in [("X-A", "b\r\nX-Evil: 1"), ("X-A\nX-B", "1"), ("", "x"), ("X A", "1"), ("X", "\0")] {
      var get = try request("GET", "x")
      get.headers.add(name, value)
      #expect(await failure(get)?.code == .invalidRequest)
    }
    var get = try request("GET", "x")
    get.method = "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"
    #expect(await failure(get)?.code == .invalidRequest)
    get.method = "GET"
    get.authorization = .bearer(Secret("line\nbreak"))
    let error = await failure(get)
    #expect(error?.code == .invalidRequest)
    #expect(error?.message.contains("break") == false)
    #expect(try server.requests().isEmpty)
  }
}
