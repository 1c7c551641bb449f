import Foundation
import JourneymanSandbox
import JourneymanSupport

/// Runs the command texts of one build through its shell.
struct CommandExecutor: Sendable {
  /// Where commands run.
  let runner: any CommandRunner
  /// The files that carry variables and directory over.
  let state: ShellState
  /// The shell's absolute path, as commands see it.
  let shell: String
  /// Whether variables and directory are carried over (buildspec 0.2) or every command starts afresh (0.1).
  let carriesState: Bool
  /// The directory the build starts in, as commands see it.
  let sourceDirectory: String
  /// The descriptor that receives what commands print.
  let output: Int32
  /// How commands are ended.
  let teardown: [TeardownStep]
  /// How long one command may take; `nil` is for ever.
  var timeout: Duration?

  /// The longest value that a script hands back, in bytes.
  private static let longestValue = 1 << 20

  /// The same executor with at most so much time for each command.
  func limited(to remaining: Duration?) -> CommandExecutor {
    guard let remaining else { return self }
    var copy = self
    copy.timeout = timeout.map { min($0, remaining) } ?? remaining
    return copy
  }

  /// Runs one command of the buildspec.
  ///
  /// - Parameter user: the user to run as; `nil` is the build's own.
  func run(_ text: String, user: String?) async throws -> CommandResult {
    try writingState {
      if carriesState {
        let directory = try state.workingDirectory()
        try state.writeScript(CommandScript.carryingState(text, state: state, workingDirectory: directory))
      } else {
        try state.writeScript(CommandScript.reading(text, state: state, workingDirectory: sourceDirectory))
      }
    }
    return try await runner.run(shellCommand(user: user))
  }

  /// What the build's shell makes of a text: `$NAME`, `$(command)` and backquotes replaced, in the original directory.
  ///
  /// - Throws: ``BuildError`` when the shell fails.
  func expand(_ text: String) async throws -> String {
    let bytes = try await value(of: "{\n" + ShellQuoting.printing(text) + "}", described: text)
    return String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
  }

  /// The values of variables as the last command left them; those that are not set are absent.
  ///
  /// - Parameter names: valid shell names.
  func variables(_ names: [String]) async throws -> [String: String] {
    if names.isEmpty { return [:] }
    let script = names.map { "if [ \"${\($0)+x}\" ]; then printf '%s=%s\\0' \($0) \"$\($0)\"; fi" }
    let bytes = try await value(of: "{\n" + script.joined(separator: "\n") + "\n}", described: "exported variables")
    var values: [String: String] = [:]
    for entry in bytes.split(separator: 0) {
      let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 {
        values[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
      }
    }
    return values
  }

  /// What a script prints on standard output, at most one megabyte.
  ///
  /// - Parameter described: what an error message calls it.
  func value(of script: String, described: String) async throws -> [UInt8] {
    let redirected = script + " > " + ShellQuoting.literal(state.valueFile)
    try writingState {
      try state.writeScript(CommandScript.reading(redirected, state: state, workingDirectory: sourceDirectory))
    }
    let result = try await runner.run(shellCommand(user: nil))
    guard result.status == .exited(0) else {
      throw BuildError(
        .buildspec, "the shell could not evaluate \(described): exit status \(result.status.shellStatus)")
    }
    return try writingState { try state.takeValue(limit: Self.longestValue) }
  }

  /// The state's files belong to the build: what is wrong with them is the build's failure, not the agent's.
  private func writingState<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch {
      throw BuildError(
        .stateLost, "the build has damaged the files that carry its state between commands: \(error)",
        underlying: error)
    }
  }

  /// The environment is empty, so that a variable that a command unsets stays unset: all comes from the saved state.
  private func shellCommand(user: String?) -> Command {
    Command(
      executable: shell, arguments: [state.scriptFile], directory: sourceDirectory, user: user,
      standardOutput: output, standardError: output, timeout: timeout, teardown: teardown)
  }
}
