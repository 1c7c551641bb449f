import JourneymanBuildModel
import JourneymanSupport
import Testing

/// A build of one buildspec and what has to become of it.
struct BuildCase: Sendable, CustomTestStringConvertible {
  /// What the case shows.
  var title: String
  var buildspec: String
  /// Further files by their paths.
  var files: [String: String] = [:]
  var arguments: [String] = []
  var status = BuildStatus.succeeded
  /// The phases that fail; all others that are entered succeed.
  var failing: Set<BuildPhase> = []
  /// The phases that are not entered.
  var skipped: Set<BuildPhase> = []
  /// Status code and message of the first phase that fails, joined by `: `.
  var context: String?
  /// Whole lines of the log, in this order.
  var says: [String] = []
  /// Whole lines that are not in the log.
  var neverSays: [String] = []

  var testDescription: String { title }

  /// Builds, and compares what becomes of it.
  @discardableResult
  func check(_ sandbox: SandboxSettings.Mode = .off, in place: BuildPlace? = nil) async throws -> FinishedBuild {
    var run = JourneymanRun(files: files, sandbox: sandbox, arguments: arguments)
    run.files["buildspec.yml"] = buildspec
    let build = try await run.run(in: place ?? BuildPlace())
    compare(build)
    return build
  }

  private func compare(_ build: FinishedBuild) {
    let result = build.result
    #expect(result.status == status, "\(build.log)")
    let expected = BuildPhase.allCases.filter { !skipped.contains($0) }
      .map { "\($0.rawValue) \(failing.contains($0) ? "FAILED" : "SUCCEEDED")" }
    #expect(result.phases.map { "\($0.name.rawValue) \($0.status.rawValue)" } == expected, "\(build.log)")
    if let context {
      let found = result.phases.first { !$0.context.isEmpty }?.context.map { "\($0.statusCode): \($0.message)" }
      #expect(found == [context])
    }
    var rest = build.lines[...]
    for line in says {
      guard let at = rest.firstIndex(of: line) else {
        Issue.record("the log does not say (here) '\(line)':\n\(build.log)")
        continue
      }
      rest = rest[(at + 1)...]
    }
    for line in neverSays { #expect(!build.lines.contains(line), "\(build.log)") }
    #expect(build.events.map(\.sequence) == Array(1...build.events.count))
    #expect(build.errors == "")
  }
}

extension Set<BuildPhase> {
  /// What is not entered when the build ends behind a phase.
  static func behind(_ phase: BuildPhase) -> Set {
    Set(BuildPhase.allCases.drop { $0 != phase }.dropFirst()).subtracting([.finalizing])
  }
}

extension String {
  /// A buildspec of version 0.2 whose `build` runs these commands.
  static func building(_ commands: String...) -> String {
    "version: 0.2\nphases:\n  build:\n    commands:\n" + commands.map(item).joined()
  }

  /// A command as a literal block of a list in a phase.
  static func item(_ command: String) -> String {
    "      - |-\n" + command.split(separator: "\n", omittingEmptySubsequences: false).map { "        \($0)\n" }.joined()
  }
}
