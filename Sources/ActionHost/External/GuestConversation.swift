internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSupport
internal import Synchronization

/// What an external plugin has said while it ran one action, and what became of its requests.
final class GuestConversation: Sendable {
  /// Why the conversation has come to its point.
  enum Settlement: Sendable {
    /// The plugin said how the action ended.
    case result(ActionOutcome.Status, String)
    /// It said something that nobody may say.
    case violation(String)
    /// It closed its output without a result.
    case silence
    /// The action is to end.
    case cancelled
  }

  private struct State {
    var outcome = ActionOutcome(.failed, "")
    var settlement: Settlement?
    var requests: [Int: Task<Void, Never>] = [:]
    var served = 0
    var linesAfterTheResult = 0
  }

  private static let mostEntries = 1_000
  private static let mostRequests = 64

  private let state = Mutex(State())
  private let context: ActionContext
  private let writer: MessageWriter

  init(context: ActionContext, writer: MessageWriter) {
    self.context = context
    self.writer = writer
  }

  /// How it stands.
  var settlement: Settlement? { state.withLock { $0.settlement } }

  /// How many lines came after the result.
  var linesAfterTheResult: Int { state.withLock { $0.linesAfterTheResult } }

  /// What the plugin has left besides its result.
  var outcome: ActionOutcome { state.withLock { $0.outcome } }

  /// Settles it; the first settlement stands.
  func settle(_ settlement: Settlement) { state.withLock { $0.settlement = $0.settlement ?? settlement } }

  /// Listens until the plugin closes its output. Blocks.
  func listen(to descriptor: Int32) {
    var reader = MessageReader(descriptor)
    do {
      while let line = try reader.line() {
        switch settlement {
        case nil: try take(try MessageReader.parse(PluginMessage.self, line))
        case .cancelled:
          // How it cleans up is worth knowing; anything else comes too late.
          if case .log(let level, let text)? = try? MessageReader.parse(PluginMessage.self, line) {
            context.log(text, level)
          }
        default: state.withLock { $0.linesAfterTheResult += 1 }
        }
      }
      settle(.silence)
    } catch {
      settle(.violation("\(error)"))
      // What follows is dropped, so that the plugin does not block before it is ended.
      var dropped = [UInt8](repeating: 0, count: 65_536)
      while read(descriptor, &dropped, dropped.count) > 0 || errno == EINTR { errno = 0 }
    }
  }

  /// Passes standard error on as lines of the log. Blocks until it ends.
  func passOn(errors descriptor: Int32) {
    var rest: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      rest += chunk[..<count]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        context.log(String(decoding: rest[..<end], as: UTF8.self))
        rest.removeSubrange(...end)
      }
      if rest.count > 16_384 {
        context.log(String(decoding: rest, as: UTF8.self))
        rest = []
      }
    }
    if !rest.isEmpty { context.log(String(decoding: rest, as: UTF8.self)) }
  }

  /// Ends the requests that are still under way.
  func cancelRequests() async {
    let tasks = state.withLock { $0.requests.values.map { $0 } }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  private func take(_ message: PluginMessage) throws {
    switch message {
    case .manifest: throw MessageReader.Violation("'manifest' was not asked for")
    case .log(let level, let text): context.log(text, level)
    case .progress(let text, let done, let total): context.progress(text, done: done, total: total)
    case .output(let key, let value): try keep { $0.outputs[key] = value }
    case .artifact(let artifact): try keep { $0.artifacts.append(artifact) }
    case .report(let report): try keep { $0.reports.append(report) }
    case .result(let status, let message): settle(.result(status, message))
    case .request(let id, let request): try begin(id, request)
    }
  }

  private func keep(_ change: (inout ActionOutcome) -> Void) throws {
    try state.withLock { state in
      change(&state.outcome)
      let outcome = state.outcome
      if max(outcome.outputs.count, outcome.artifacts.count, outcome.reports.count) > Self.mostEntries {
        throw MessageReader.Violation("more than \(Self.mostEntries) outputs, artifacts or reports")
      }
    }
  }

  private func begin(_ id: Int, _ request: PluginMessage.Request) throws {
    try state.withLock { state in
      if state.requests[id] != nil { throw MessageReader.Violation("the request \(id) is still under way") }
      if state.requests.count >= Self.mostRequests {
        throw MessageReader.Violation("more than \(Self.mostRequests) requests at once")
      }
      state.requests[id] = Task { [context, writer] in
        let answer = await GuestRequest(context: context).answer(request)
        forget(id)
        try? await runBlocking { try writer.send(AgentMessage.answer(id: id, answer)) }
      }
    }
  }

  private func forget(_ id: Int) { state.withLock { _ = $0.requests.removeValue(forKey: id) } }
}
