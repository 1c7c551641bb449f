public import JourneymanActionKit
import JourneymanActionSupport

/// Runs tests, reads what test, coverage and scanning tools report, and decides whether that is good enough.
public struct TestAction: ActionPlugin {
  /// What stands under `with:`.
  public typealias Configuration = TestConfiguration

  /// What the plugin is called, takes and gives.
  public static let manifest = PluginManifest(
    name: "test", version: "1.0.0",
    summary: "Runs tests, reads test, coverage and scanner reports, and fails below the quality you set.",
    category: .test, configuration: TestConfiguration.schema,
    outputs: [
      .init("total", "All tests."), .init("passed", "Tests that passed."), .init("failed", "Tests that failed."),
      .init("errors", "Tests that broke."), .init("skipped", "Tests that were not run."),
      .init("flaky", "Tests that failed and passed when run again."),
      .init("pass-rate", "Passed tests in percent of those run."),
      .init("line-coverage", "Covered lines in percent."), .init("branch-coverage", "Covered branches in percent."),
      .init("findings", "Findings that nobody has accepted."),
    ])

  private let configuration: TestConfiguration

  /// Takes a configuration.
  ///
  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  public init(configuration: TestConfiguration) throws {
    try configuration.check()
    self.configuration = configuration
  }

  /// Runs the command, reads the reports, runs failed tests again, and holds the results against the gates.
  public func run(in context: ActionContext) async throws -> ActionOutcome {
    guard let files = configuration.files else { return try await runAlone(context) }
    let search = ReportSearch(
      patterns: files.items, excluded: configuration.exclude?.items ?? [],
      format: configuration.format.flatMap { ReportFormat(name: $0) })
    let before = configuration.command == nil ? nil : try await search.stamps(context)
    var command: ProcessResult?
    if let line = configuration.command {
      let result = try await context.shell(line)
      if result.timedOut { return .failed("the test command ran out of time") }
      command = result
    }
    var found = try await search.read(context, unchanged: before ?? [:])
    for warning in found.warnings { context.log(warning, .warning) }
    if found.reports.isEmpty {
      let why = found.broken.first.map { ": \($0)" } ?? ": nothing matches \(files.items.joined(separator: ", "))"
      return .failed("no report was read\(why)\(command.map { "; the command ended with \($0.exitCode)" } ?? "")")
    }
    let isExplained = found.reports.contains { $0.isFresh && $0.content.cases.contains { $0.status.isFailure } }
    if let line = configuration.rerun {
      let rerun = TestRerun(command: line, attempts: configuration.rerunAttempts ?? 1, search: search)
      try await rerun.run(on: &found.reports, context)
    }
    let results = TestResults(name: reportName(context), reports: found.reports)
    let baseline = try await Baseline(path: configuration.baseline, context)
    var gates = Gates(configuration: configuration, baseline: baseline).check(results)
    gates += found.broken.map { Gate("reports", isMet: false, $0) }
    if let command, !command.isSuccess, !isExplained {
      gates.append(
        Gate(
          "command", isMet: false,
          "the command ended with \(command.exitCode), though no report that it wrote has a failed test"))
    }
    for line in TestSummary(results: results, gates: gates).lines { context.log(line.text, line.level) }
    var outcome = Self.outcome(results, gates)
    outcome.reports = try await results.write(to: context.output)
    return outcome
  }

  private func runAlone(_ context: ActionContext) async throws -> ActionOutcome {
    let result = try await context.shell(configuration.command ?? "true")
    if result.timedOut { return .failed("the test command ran out of time") }
    return result.isSuccess
      ? .succeeded("the test command succeeded") : .failed("the test command ended with \(result.exitCode)")
  }

  private static func outcome(_ results: TestResults, _ gates: [Gate]) -> ActionOutcome {
    let missed = gates.filter { !$0.isMet }
    let message = ([results.sentence] + missed.map(\.sentence)).joined(separator: "; ")
    return ActionOutcome(missed.isEmpty ? .succeeded : .failed, message, outputs: results.outputs)
  }

  private func reportName(_ context: ActionContext) -> String {
    let name = String((configuration.name ?? context.name).prefix(100))
    let clean = String(name.map { $0 == "/" || $0.asciiValue.map { $0 < 32 } ?? false ? "-" : $0 })
    return clean.hasPrefix(".") || clean.isEmpty ? "report" + clean : clean
  }
}
