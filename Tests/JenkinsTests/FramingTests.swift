import Testing

@testable import JourneymanJenkins

struct FramingTests {
  @Test func commandsOfEveryLengthAreCutAndJoined() throws {
    for length in [0, 1, 8191, 8192, 8193, 50_000] {
      let command = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      let messages = ChunkFraming.messages(command)
      #expect(messages.allSatisfy { $0.count <= 2 + 8192 })
      var framing = ChunkFraming(limit: 60_000)
      #expect(try messages.flatMap { try framing.take($0) } == [command])
      var joined = ChunkFraming(limit: 60_000)
      #expect(try joined.take(messages.flatMap { $0 } + [0, 1, 7]) == [command, [7]])
    }
  }

  @Test func brokenPiecesAndLongCommandsAreRefused() {
    var framing = ChunkFraming(limit: 10)
    #expect(throws: JenkinsError.self) { try framing.take([0]) }
    #expect(throws: JenkinsError.self) { try framing.take([0, 5, 1]) }
    #expect(throws: JenkinsError.self) { try framing.take([0, 11] + [UInt8](repeating: 0, count: 11)) }
    #expect(throws: JenkinsError.self) {
      for _ in 0..<3 { _ = try framing.take([0x80, 4, 1, 2, 3, 4]) }
    }
  }

  @Test func pausesGrowToABoundAndVary() {
    let backoff = Backoff(first: .seconds(1), longest: .seconds(60))
    #expect((0...7).map { backoff.bound(after: $0) } == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
    #expect(backoff.bound(after: .max) == .seconds(60))
    let pauses = (0..<100).map { _ in backoff.pause(after: 3) }
    #expect(pauses.allSatisfy { $0 >= .zero && $0 <= .seconds(8) })
    #expect(Set(pauses).count > 50)
  }
}
