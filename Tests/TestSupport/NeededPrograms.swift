import Foundation
internal import JourneymanSupport

/// Programs of the machine that some tests need: in CI a missing one fails the test, elsewhere the test is skipped.
public enum NeededPrograms {
  /// Whether a test can do without skipping.
  public static func areFound(_ programs: String...) -> Bool {
    StandardPaths.processEnvironment["CI"] == "true"
      || programs.allSatisfy { $0.hasPrefix("/") ? access($0, F_OK) == 0 : TestProgram.find($0) != nil }
  }
}
