import JourneymanActionKit
import JourneymanActionSupport

/// Runs failed tests again. A test that then passes is flaky: it counts as passed, and is named.
struct TestRerun {
  /// A variable of the environment cannot be longer than 128 KiB.
  private static let longestList = 100_000

  let command: String
  let attempts: Int
  let search: ReportSearch

  /// Runs the command while tests fail, and changes the verdicts of those that pass in a report written since.
  func run(on reports: inout [LoadedReport], _ context: ActionContext) async throws {
    for attempt in 1...attempts {
      let failed = reports.flatMap(\.content.cases).filter(\.status.isFailure).map(\.identifier)
      if failed.isEmpty { return }
      context.log("Running \(failed.count) failed tests again (\(attempt) of \(attempts))")
      let before = try await search.stamps(context)
      let result = try await context.run(
        ProcessRequest(shell: command, environment: ["JOURNEYMAN_FAILED_TESTS": Self.list(failed)]))
      let second = try await search.read(context, unchanged: before, onlyFresh: true)
      for problem in second.broken { context.log("after the tests ran again: \(problem)", .warning) }
      if second.reports.isEmpty {
        let status = result.timedOut ? "ran out of time" : "ended with \(result.exitCode)"
        context.log("the 'rerun' command \(status) and wrote no report; the failures stand", .warning)
      }
      let passed = Self.passed(in: second.reports)
      for report in reports.indices {
        for index in reports[report].content.cases.indices {
          let test = reports[report].content.cases[index]
          guard test.status.isFailure, passed.contains(test.identifier) else { continue }
          reports[report].content.cases[index].status = .succeeded
          reports[report].content.cases[index].flaky = true
        }
      }
    }
  }

  /// The tests that did nothing but pass.
  private static func passed(in reports: [LoadedReport]) -> Set<String> {
    var verdicts: [String: Bool] = [:]
    for test in reports.flatMap(\.content.cases) where test.status != .skipped {
      verdicts[test.identifier, default: true] = verdicts[test.identifier, default: true] && test.status == .succeeded
    }
    return Set(verdicts.filter(\.value).keys)
  }

  private static func list(_ names: [String]) -> String {
    var text = ""
    for name in names {
      let line = name.split(whereSeparator: \.isNewline).joined(separator: " ")
      if text.utf8.count + line.utf8.count >= longestList { break }
      text += (text.isEmpty ? "" : "\n") + line
    }
    return text.filter { $0 != "\0" }
  }
}
