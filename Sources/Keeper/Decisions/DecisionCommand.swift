import Foundation
import JourneymanBuildModel
import JourneymanSandbox
import JourneymanSupport

/// A command of agent.conf that decides, run outside every sandbox with the keeper's rights: agent.conf is trusted.
struct DecisionCommand {
  /// What `/bin/sh -c` gets.
  let command: String
  let environment: [String: String]

  private static let longestComment = 4096

  /// Runs the command. It gets the question as one line of JSON on standard input; exit status 0 approves, any other
  /// refuses, and so does an end that it did not choose itself.
  func decide(_ question: BuildQuestion) async -> BuildDecision {
    let runner = ProcessRunner()
    let decision: BuildDecision
    do {
      decision = try await run(question, by: runner)
    } catch {
      decision = BuildDecision(isApproved: false, by: "the decision command", comment: "it could not be run: \(error)")
    }
    await runner.end()
    return decision
  }

  private func run(_ question: BuildQuestion, by runner: ProcessRunner) async throws -> BuildDecision {
    // Both fit into a pipe, so that nobody has to write or read while the command runs.
    let text = Array(try JSONEncoder().encode(question).prefix(60_000)) + [UInt8(ascii: "\n")]
    var input = try Pipe(capacity: 1 << 16)
    var output = try Pipe(capacity: 1 << 16)
    try FileSystem.writeAll(text, to: input.writeEnd?.number ?? -1, name: "the question")
    input.writeEnd = nil
    let result = try await runner.run(
      Command(
        executable: "/bin/sh", arguments: ["-c", command], environment: environment,
        standardInput: input.readEnd?.number, standardOutput: output.writeEnd?.number, standardError: STDERR_FILENO,
        timeout: .seconds(question.timeoutSeconds), teardown: [.kill]))
    output.writeEnd = nil
    let bytes = PipeRemainder.read(output.readEnd?.number ?? -1, limit: Self.longestComment)
    let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let comment = line.isEmpty ? nil : line
    switch (result.ending, result.status) {
    case (.natural, .exited(0)): return BuildDecision(isApproved: true, by: "the decision command", comment: comment)
    case (.natural, .exited(1)): return BuildDecision(isApproved: false, by: "the decision command", comment: comment)
    case (.timedOut, _):
      return BuildDecision(isApproved: false, by: "nobody", comment: "the decision command took too long")
    case (_, let status):
      return BuildDecision(
        isApproved: false, by: "the decision command", comment: "it failed with status \(status.shellStatus)")
    }
  }
}
