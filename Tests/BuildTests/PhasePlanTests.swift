import JourneymanBuildModel
import TestSupport
import Testing

@testable import JourneymanBuild

@Suite(.takingTurns) struct PhasePlanTests {
  @Test func retriesAreCountedAndAskTheMessage() async {
    let plan = PhasePlan(phase: .build, onFailure: .retry(count: 2, pattern: "exit status [0-9]{2}"))
    #expect(await plan.retries(after: 0, message: "Reason: exit status 17"))
    #expect(await plan.retries(after: 1, message: "Reason: exit status 17"))
    #expect(await !plan.retries(after: 2, message: "Reason: exit status 17"))
    #expect(await !plan.retries(after: 0, message: "Reason: exit status 1"))
    #expect(await !PhasePlan(phase: .build).retries(after: 0, message: ""))
  }

  @Test func aPatternThatNeverEndsIsNoMatch() async {
    let message = String(repeating: "a", count: 60)
    let plan = PhasePlan(phase: .build, onFailure: .retry(count: 1, pattern: "^(a+)+$|never"))
    let hostile = PhasePlan(phase: .build, onFailure: .retry(count: 1, pattern: "^((a+)+)+b$"))
    #expect(await plan.retries(after: 0, message: message))
    #expect(await !hostile.retries(after: 0, message: message))
  }
}
