import Foundation
import JourneymanActionHost
import JourneymanCommandLine
import JourneymanSandbox
import JourneymanSupport

/// `journeyman plugin check`
enum CheckPluginCommand {
  private static let path = Declare.operand("PATH", help: "The plugin's directory, with plugin.json.")
  private static let sandbox = Declare.option(
    "sandbox", "MODE", as: SandboxSettings.Mode.self, help: "How its processes are isolated; default: strict.")
  private static let json = Declare.flag("json", help: "Print one JSON object instead of lines for people.")

  static let definition = CommandDefinition(
    "check", summary: "Check that a plugin follows the rules.",
    discussion: """
      The plugin is started several times as a build would start it, with nothing granted and with the configuration \
      that stands as "example" in its plugin.json.

      Exit status: 0 it follows every rule, 1 it does not, 3 it could not be checked.
      """,
    arguments: [sandbox, json, path],
    examples: [.init("journeyman plugin check ./notify", "See whether it is ready to be used.")]
  ) { arguments in
    let directory = StandardPaths.resolve(
      try arguments[path], relativeTo: FileManager.default.currentDirectoryPath)
    let mode = try arguments[sandbox].flatMap { SandboxPolicy.Mode(rawValue: $0.rawValue) } ?? .strict
    let findings: [PluginConformance.Finding]
    do {
      findings = try await PluginConformance(directory: directory, mode: mode).run()
    } catch {
      throw CommandFailure(.infrastructure, "the plugin could not be checked: \(error)")
    }
    let isGood = findings.allSatisfy(\.isMet)
    if try arguments[json] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try Console.print(String(decoding: try encoder.encode(findings), as: UTF8.self))
    } else {
      for finding in findings {
        try Console.print((finding.isMet ? "ok    " : "FAIL  ") + finding.rule)
        if !finding.isMet { try Console.print("      " + finding.detail) }
      }
      try Console.print(isGood ? "\(directory) follows every rule" : "\(directory) cannot be used as it is")
    }
    return isGood ? .success : .buildFailed
  }
}
