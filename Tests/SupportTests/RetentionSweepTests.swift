import JourneymanSupport
import Testing

@Suite struct RetentionSweepTests {
  @Test func ageComesBeforeSizeAndSizeEndsWithinItsBound() {
    var sweep = RetentionSweep(keepSeconds: 100, keepSize: 50, total: 80, now: 1000)
    #expect(sweep.reason(lastUse: 899) == .age)
    #expect(sweep.reason(lastUse: 901) == .size)
    sweep.removed(30)
    #expect(sweep.reason(lastUse: 901) == nil)
    #expect(sweep.reason(lastUse: 899) == .age)
    #expect(RetentionSweep(keepSeconds: nil, keepSize: nil, total: .max, now: 1000).reason(lastUse: 0) == nil)
  }
}
