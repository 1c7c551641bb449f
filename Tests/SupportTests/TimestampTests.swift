import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (1_795_219_764_123_000, "2026-11-21T00:09:24.123Z"),
    (-1_000, "1969-12-31T23:59:59.999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
  ])
  func writesAndReadsTheSameMoment(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).description == text)
    #expect(Timestamp(text) == Timestamp(microseconds: microseconds))
  }

  @Test(arguments: ["", "2026-11-20", "2026-11-20T23:49:24", "2026-11-20 23:49:24Z", "2026-11-20T23:49:24+01:00"])
  func refusesOtherForms(text: String) {
    #expect(Timestamp(text) == nil)
  }
}
