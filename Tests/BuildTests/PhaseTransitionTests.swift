import JourneymanBuildModel
import TestSupport
import Testing

@testable import JourneymanBuild

@Suite(.takingTurns) struct PhaseTransitionTests {
  /// BUILDSPEC.md §3: what runs next when a phase fails and says nothing about it.
  @Test(arguments: [
    (BuildPhase.downloadSource, BuildPhase.finalizing), (.install, .finalizing), (.preBuild, .finalizing),
    (.build, .postBuild), (.postBuild, .uploadArtifacts), (.uploadArtifacts, .finalizing),
  ])
  func failingPhasesLeadWhereTheReferenceSays(phase: BuildPhase, next: BuildPhase) {
    #expect(PhaseTransition.next(after: phase, status: .failed) == next)
    #expect(PhaseTransition.next(after: phase, status: .timedOut) == next)
  }

  @Test func succeedingPhasesFollowEachOther() {
    var phase: BuildPhase? = .provisioning
    var seen: [BuildPhase] = []
    while let current = phase {
      seen.append(current)
      phase = PhaseTransition.next(after: current, status: .succeeded)
    }
    #expect(seen == BuildPhase.allCases)
  }

  @Test(arguments: [BuildPhase.install, .preBuild, .build, .postBuild])
  func abortLeavesTheBuildAndContinueGoesOn(phase: BuildPhase) {
    #expect(PhaseTransition.next(after: phase, status: .failed, onFailure: .abort) == .finalizing)
    #expect(
      PhaseTransition.next(after: phase, status: .failed, onFailure: .proceed)
        == PhaseTransition.next(after: phase, status: .succeeded))
  }

  @Test(arguments: [PhaseStatus.stopped, .fault])
  func whatTheBuildCannotHelpEndsItWhateverItSays(status: PhaseStatus) {
    #expect(PhaseTransition.next(after: .build, status: status, onFailure: .proceed) == .finalizing)
  }
}
