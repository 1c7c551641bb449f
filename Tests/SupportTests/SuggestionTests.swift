import JourneymanSupport
import TestSupport
import Testing

@Suite(.takingTurns) struct SuggestionTests {
  @Test(arguments: [("--sandbx", "--sandbox"), ("vaildate", "validate"), ("ru", "run")])
  func findsTheNearestWord(typed: String, expected: String) {
    #expect(Suggestion.nearest(to: typed, among: ["--sandbox", "--source", "validate", "run"]) == expected)
  }

  @Test func saysNothingWhenNothingIsNear() {
    #expect(Suggestion.nearest(to: "frobnicate", among: ["run", "validate", "doctor"]) == nil)
  }
}
