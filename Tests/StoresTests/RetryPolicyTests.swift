import JourneymanStores
import JourneymanSupport
import JourneymanTransport
import TestSupport
import Testing

@testable import struct JourneymanStores.HTTPStore

@Suite(.takingTurns) struct RetryPolicyTests {
  private let policy = RetryPolicy()

  @Test func boundsDoubleUpToTheCapAndJitterIsFull() {
    var policy = policy
    policy.attempts = 100
    let bounds: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16)]
    for (attempt, bound) in zip(1..., bounds) {
      #expect(policy.decision(after: .status(503, retryAfter: nil), attempt: attempt) == .retry(within: .zero...bound))
    }
    for attempt in [7, 8, 40, 99] {
      #expect(policy.decision(after: .incomplete, attempt: attempt) == .retry(within: .zero ... .seconds(30)))
    }
    #expect(policy.decision(after: .incomplete, attempt: 100) == .giveUp)
  }

  @Test(arguments: [500, 502, 503, 504, 507, 599, 429])
  func temporaryStatusesAreRetried(status: Int) {
    #expect(policy.decision(after: .status(status, retryAfter: nil), attempt: 1) != .giveUp)
    #expect(policy.decision(after: .status(status, retryAfter: nil), attempt: policy.attempts) == .giveUp)
  }

  @Test(arguments: [300, 304, 307, 400, 401, 403, 404, 405, 408, 409, 410, 411, 412, 413, 415, 422])
  func otherStatusesAreNot(status: Int) {
    #expect(policy.decision(after: .status(status, retryAfter: .seconds(1)), attempt: 1) == .giveUp)
  }

  @Test func lostConnectionsAreRetriedAndDistrustIsNot() {
    for code: TransportError.Code in [.connectionLost, .cannotConnect, .cannotResolve, .stalled, .timedOut] {
      #expect(policy.decision(after: .transport(code), attempt: 1) != .giveUp)
    }
    for code: TransportError.Code in [
      .insecure, .redirectRefused, .invalidRequest, .tooLarge, .unreadableBody, .unwritableSink, .shutDown,
    ] {
      #expect(policy.decision(after: .transport(code), attempt: 1) == .giveUp)
    }
  }

  @Test func theServersWaitIsTheLeastOne() {
    #expect(
      policy.decision(after: .status(429, retryAfter: .seconds(7)), attempt: 1)
        == .retry(within: .seconds(7) ... .milliseconds(7500)))
    #expect(policy.decision(after: .status(503, retryAfter: .seconds(301)), attempt: 1) == .giveUp)
  }
}
