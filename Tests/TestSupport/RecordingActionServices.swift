internal import Foundation
public import JourneymanActionKit
internal import JourneymanSupport
import Synchronization

/// Serves a plugin under test: keeps what it says, and answers with what the test prepared. Processes run as plain
/// children through `/bin/sh` in a directory.
public final class RecordingActionServices: ActionServices {
  private struct State {
    var lines: [String] = []
    var requests: [WebRequest] = []
    var questions: [DecisionQuestion] = []
  }

  private let state = Mutex(State())
  private let directory: String
  private let answer: @Sendable (WebRequest) throws -> WebResponse
  private let decision: Decision

  /// Prepares the answers.
  public init(
    directory: String, decision: Decision = Decision(isApproved: false, by: "nobody"),
    answer: @escaping @Sendable (WebRequest) throws -> WebResponse = { _ in WebResponse(status: 200) }
  ) {
    self.directory = directory
    self.decision = decision
    self.answer = answer
  }

  /// What was said, as `level: text`.
  public var lines: [String] { state.withLock { $0.lines } }
  /// The requests that were sent.
  public var requests: [WebRequest] { state.withLock { $0.requests } }
  /// The questions that were asked.
  public var questions: [DecisionQuestion] { state.withLock { $0.questions } }

  /// Keeps a line.
  public func log(_ text: String, _ level: ActionLogLevel) {
    state.withLock { $0.lines.append("\(level.rawValue): \(text)") }
  }

  /// Keeps nothing.
  public func progress(_ text: String, done: Int64, total: Int64) {}

  /// Runs a plain child process.
  public func run(_ process: ProcessRequest) async throws -> ProcessResult {
    var (program, arguments) =
      switch process.program {
      case .program(let program, let arguments): ("/usr/bin/env", [program] + arguments)
      case .shell(let text): ("/bin/sh", ["-c", text])
      }
    let full = process.directory.map { $0.hasPrefix("/") ? $0 : directory + "/" + $0 } ?? directory
    let input = NSTemporaryDirectory() + "journeyman-input-\(UUID().uuidString)"
    defer { unlink(input) }
    if !process.standardInput.isEmpty {
      try FileSystem.writeAtomically(process.standardInput, to: input)
      arguments = ["-c", "input=$1; shift; exec \"$@\" < \"$input\"", "sh", input, program] + arguments
      program = "/bin/sh"
    }
    let ended = try await TestProgram.run(
      program, arguments, environment: StandardPaths.processEnvironment.merging(process.environment) { $1 },
      directory: full)
    let printed = Array(ended.output.utf8)
    if process.printing == .log { log(ended.output + ended.errors, .info) }
    guard case .capture(let limit) = process.printing else { return ProcessResult(exitCode: ended.status) }
    return ProcessResult(
      exitCode: ended.status, output: Array(printed.prefix(limit)), isOutputCut: printed.count > limit)
  }

  /// Keeps the request and gives the prepared answer.
  public func send(_ request: WebRequest) async throws -> WebResponse {
    state.withLock { $0.requests.append(request) }
    return try answer(request)
  }

  /// Keeps the question and gives the prepared decision.
  public func decide(_ question: DecisionQuestion) async throws -> Decision {
    state.withLock { $0.questions.append(question) }
    return decision
  }
}
