import JourneymanActionKit
import JourneymanActionSupport

/// What stands under `with:` of an action that uses `test`.
public struct TestConfiguration: Decodable, Sendable {
  var command: String?
  var name: String?
  var files: OneOrMore<String>?
  var exclude: OneOrMore<String>?
  var format: String?
  var rerun: String?
  var rerunAttempts: Int?
  var minPassRate: Double?
  var baseline: String?
  var minLineCoverage: Double?
  var minBranchCoverage: Double?
  var failOn: String?

  private enum CodingKeys: String, CodingKey {
    case command, name, files, exclude, format, rerun, baseline
    case rerunAttempts = "rerun-attempts"
    case minPassRate = "min-pass-rate"
    case minLineCoverage = "min-line-coverage"
    case minBranchCoverage = "min-branch-coverage"
    case failOn = "fail-on"
  }

  static let schema = ConfigurationSchema([
    ConfigurationKey("command", .text, "What runs the tests, as a command of the build."),
    ConfigurationKey("name", .text, "What the report is called.", defaultText: "the action's name"),
    ConfigurationKey("files", .list(.text), "Patterns of the report files; those that are no reports are passed over."),
    ConfigurationKey("exclude", .list(.text), "Patterns of files that are not read."),
    ConfigurationKey(
      "format", .text,
      "The format of the files: \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
      defaultText: "told by each file's content"),
    ConfigurationKey(
      "rerun", .text,
      "What runs the failed tests again (JOURNEYMAN_FAILED_TESTS names them, one a line); those that pass are flaky."),
    ConfigurationKey("rerun-attempts", .integer, "How often, while tests fail.", defaultText: "1"),
    ConfigurationKey(
      "min-pass-rate", .number, "The share of tests that has to pass, in percent of those that were run.",
      defaultText: "100, unless there is a baseline"),
    ConfigurationKey("baseline", .text, "An earlier report; only tests that do not fail there fail the action."),
    ConfigurationKey("min-line-coverage", .number, "The share of lines that has to be covered, in percent."),
    ConfigurationKey("min-branch-coverage", .number, "The share of branches that has to be covered, in percent."),
    ConfigurationKey(
      "fail-on", .choice(ReportFinding.Level.allCases.map(\.rawValue)),
      "The least level of a scanner's finding that fails the action; none for no level.", defaultText: "none"),
  ])

  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  func check() throws(PluginConfigurationError) {
    if command == nil && files == nil {
      throw PluginConfigurationError("files", "give the report files, a 'command', or both")
    }
    if let format, ReportFormat(name: format) == nil {
      let known = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw PluginConfigurationError("format", "'\(format.prefix(40))' is none of \(known)")
    }
    if files?.items.isEmpty == true { throw PluginConfigurationError("files", "the list is empty") }
    let shares = [
      ("min-pass-rate", minPassRate), ("min-line-coverage", minLineCoverage),
      ("min-branch-coverage", minBranchCoverage),
    ]
    for (key, share) in shares {
      if let share, !(0...100).contains(share) { throw PluginConfigurationError(key, "must be 0 to 100") }
    }
    if let rerunAttempts, !(1...10).contains(rerunAttempts) {
      throw PluginConfigurationError("rerun-attempts", "must be 1 to 10")
    }
    if rerunAttempts != nil && rerun == nil { throw PluginConfigurationError("rerun-attempts", "needs 'rerun'") }
    if files != nil { return }
    let needing = shares.filter { $0.1 != nil }.map(\.0)
    let others = [("rerun", rerun), ("baseline", baseline), ("fail-on", failOn), ("format", format)]
      .filter { $0.1 != nil }.map(\.0)
    if let key = (needing + others).first {
      throw PluginConfigurationError(key, "needs 'files': the reports that it is about")
    }
  }
}
