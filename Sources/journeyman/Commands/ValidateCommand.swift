import Foundation
import JourneymanActionHost
import JourneymanBuildspec
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanSupport

/// `journeyman validate`
enum ValidateCommand {
  private static let files = Declare.operands("FILE", help: "A buildspec; - reads standard input.")
  private static let json = Declare.flag("json", help: "Print one JSON object instead of lines for people.")

  static let definition = CommandDefinition(
    "validate", summary: "Check buildspecs without running them.",
    discussion: """
      All problems of each file are printed at once, with line and column. Warnings are what a build would report \
      and go on from. Actions are checked against the plugins that are built in and those of agent.conf.

      Exit status: 0 every file can be used, 2 at least one cannot.
      """,
    arguments: [json, PluginCommand.configuration, files],
    examples: [
      .init("journeyman validate buildspec.yml", "Check one file."),
      .init("journeyman validate --json ci/*.yml | jq .valid", "Check several, for a script."),
    ]
  ) { arguments in
    let names = try arguments[files]
    let settings = try ConfigurationFile.load(explicit: arguments[PluginCommand.configuration])
    let catalog = PluginCatalog(builtIn: try BuiltInPlugins.registry(), settings: settings.plugins)
    let reports = try await runBlocking { names.map { report($0, catalog) } }
    let isValid = reports.allSatisfy(\.valid)
    if try arguments[json] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let answer = Answer(valid: isValid, files: reports)
      try Console.print(String(decoding: try encoder.encode(answer), as: UTF8.self))
    } else {
      for report in reports { try Console.print(report.text) }
    }
    return isValid ? .success : .usage
  }

  /// What `--json` prints.
  private struct Answer: Encodable {
    let valid: Bool
    let files: [Report]
  }

  /// What became of one file.
  private struct Report: Encodable {
    let file: String
    let valid: Bool
    let problems: [BuildspecProblem]

    /// One line for each problem, or one that says there is none.
    var text: String {
      if problems.isEmpty { return "\(file): valid" }
      let lines = problems.map(\.description)
      return (lines + [valid ? "\(file): valid, with warnings" : "\(file): not valid"]).joined(separator: "\n")
    }
  }

  private static func report(_ name: String, _ catalog: PluginCatalog) -> Report {
    let shown = name == "-" ? "standard input" : name
    do throws(SystemError) {
      // One byte more than may be parsed, so that the parser itself says that there is too much.
      let limit = Buildspec.largestFile + 1
      let bytes =
        name == "-"
        ? try FileSystem.readAll(STDIN_FILENO, limit: limit, name: shown) : try FileSystem.read(name, limit: limit)
      let document = Buildspec.parse(bytes, file: shown)
      let actions = ActionCheck.prepare(document.buildspec?.actions ?? [], plugins: catalog, file: shown)
      return Report(
        file: shown, valid: document.buildspec != nil && actions.problems.isEmpty,
        problems: document.problems + actions.problems)
    } catch {
      let message = error.number == ENOENT ? "YAML file does not exist" : error.description
      let problem = BuildspecProblem(
        .error, .yamlFileError, message, file: shown, mark: YAMLMark(line: 1, column: 1))
      return Report(file: shown, valid: false, problems: [problem])
    }
  }
}
