import JourneymanBuildModel

/// Which phase follows which: CodeBuild's build phase transitions (`specs/BUILDSPEC.md` §3).
enum PhaseTransition {
  /// What a failing phase's `on-failure` says about the phases behind it. Retries are over when this is asked.
  enum OnFailure {
    /// Nothing was said, or a retry was used up: the documented transitions.
    case standard
    /// `ABORT`: nothing of the build runs any more.
    case abort
    /// `CONTINUE`: as after success.
    case proceed
  }

  /// The phase that follows `phase`; `nil` behind the last.
  ///
  /// - Parameters:
  ///   - status: how the phase ended; only an ordinary failure asks `onFailure`.
  static func next(after phase: BuildPhase, status: PhaseStatus, onFailure: OnFailure = .standard) -> BuildPhase? {
    switch (phase, status) {
    case (.finalizing, _): return nil
    case (_, .succeeded): return follower(of: phase)
    case (_, .stopped), (_, .fault): return .finalizing
    case (_, .timedOut), (_, .failed): break
    }
    switch (phase, onFailure) {
    case (.install, .proceed), (.preBuild, .proceed), (.build, .proceed), (.postBuild, .proceed),
      (.build, .standard), (.postBuild, .standard):
      return follower(of: phase)
    default: return .finalizing
    }
  }

  private static func follower(of phase: BuildPhase) -> BuildPhase? {
    let all = BuildPhase.allCases
    guard let index = all.firstIndex(of: phase), index + 1 < all.count else { return nil }
    return all[index + 1]
  }
}
