import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanStores

@Suite(.takingTurns) struct RetryAfterTests {
  /// 1994-11-06T08:49:37Z, the date of RFC 9110 §5.6.7
  private let now = Timestamp(microseconds: 784_111_777 * 1_000_000)

  @Test func secondsAndDatesAreRead() {
    #expect(RetryAfter.duration("120", now: now) == .seconds(120))
    #expect(RetryAfter.duration("0", now: now) == .zero)
    #expect(RetryAfter.duration("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .zero)
    #expect(RetryAfter.duration("Sun, 06 Nov 1994 08:50:37 GMT", now: now) == .seconds(60))
    #expect(RetryAfter.duration("Mon, 07 Nov 1994 08:49:37 GMT", now: now) == .seconds(86_400))
    #expect(RetryAfter.duration("Tue, 29 Feb 2000 00:00:00 GMT", now: now) == .seconds(951_782_400 - 784_111_777))
    #expect(RetryAfter.duration("Sat, 01 Jan 1994 00:00:00 GMT", now: now) == .zero)
    #expect(RetryAfter.duration("99999999999999999999", now: now) == .seconds(Int64(1) << 31))
  }

  @Test(
    arguments: ["", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 25:00:00 GMT", "1e3", "６"])
  func otherThingsAreNot(value: String) {
    #expect(RetryAfter.duration(value, now: now) == nil)
  }
}
