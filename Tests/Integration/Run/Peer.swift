import JourneymanSupport
import TestSupport

/// Programs of the machine that some tests need: in CI a missing one fails the test, elsewhere the test is skipped.
enum Peer {
  /// Whether a test can do without skipping.
  static func areFound(_ programs: String...) -> Bool {
    StandardPaths.processEnvironment["CI"] == "true" || programs.allSatisfy { TestProgram.find($0) != nil }
  }
}
