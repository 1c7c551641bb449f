import Foundation
import JourneymanCommandLine
import JourneymanDoctor

/// `journeyman doctor`
enum DoctorCommand {
  private static let json = Declare.flag("json", help: "Print one JSON object instead of lines for people.")
  private static let configuration = Declare.option(
    "config", "FILE", help: "The agent.conf to examine instead of the user's or the system's.")

  static let definition = CommandDefinition(
    "doctor", summary: "Check this machine, and say how to mend what is missing.",
    discussion: """
      One line for each requirement: libraries, agent.conf, keys, directories, the kernel and what sandboxes need of it, programs, the clock.

      Exit status: 0 builds can run (there may be warnings), 3 something that builds need is missing.
      """,
    arguments: [json, configuration],
    examples: [
      .init("journeyman doctor", "Examine this machine."),
      .init(
        "journeyman doctor --json | jq '.checks[] | select(.status != \"ok\")'", "Show what is not as it should be."),
    ]
  ) { arguments in
    let examination = Examination(configuration: try arguments[configuration])
    let findings = await examination.run()
    let isFit = !findings.contains { $0.status == .failed }
    if try arguments[json] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try Console.print(String(decoding: try encoder.encode(Answer(ok: isFit, checks: findings)), as: UTF8.self))
    } else {
      try Console.print(text(findings))
    }
    return isFit ? .success : .infrastructure
  }

  /// What `--json` prints.
  private struct Answer: Encodable {
    let ok: Bool
    let checks: [Finding]
  }

  private static func text(_ findings: [Finding]) -> String {
    let width = findings.map(\.name.count).max() ?? 0
    return findings.map { finding in
      let name = finding.name.padding(toLength: width, withPad: " ", startingAt: 0)
      let status = finding.status.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
      let indent = String(repeating: " ", count: width + 11)
      let detail = finding.detail.replacing("\n", with: "\n" + indent)
      return "\(status)  \(name)  \(detail)" + (finding.remedy.map { "\n\(indent)To mend it: \($0)" } ?? "")
    }.joined(separator: "\n")
  }
}
