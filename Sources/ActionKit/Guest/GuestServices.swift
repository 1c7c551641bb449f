internal import Foundation
internal import JourneymanSupport
internal import Synchronization

/// Asks the agent for what a plugin in a process of its own needs.
final class GuestServices: ActionServices {
  private typealias Waiter = CheckedContinuation<AgentMessage.Answer, any Error>

  private struct State {
    var next = 1
    var waiters: [Int: Waiter] = [:]
    var isClosed = false
  }

  private let writer: MessageWriter
  private let state = Mutex(State())

  init(writer: MessageWriter) { self.writer = writer }

  func log(_ text: String, _ level: ActionLogLevel) { try? writer.send(PluginMessage.log(level, text)) }

  func progress(_ text: String, done: Int64, total: Int64) {
    try? writer.send(PluginMessage.progress(text, done: done, total: total))
  }

  func run(_ process: ProcessRequest) async throws -> ProcessResult {
    var order = PluginMessage.ProcessOrder()
    switch process.program {
    case .shell(let command): order.command = command
    case .program(let program, let arguments): order.arguments = [program] + arguments
    }
    order.place = process.place
    order.environment = process.environment
    order.directory = process.directory
    order.input = process.standardInput.isEmpty ? nil : Base64(process.standardInput)
    order.timeoutSeconds = process.timeoutSeconds
    switch process.printing {
    case .log: break
    case .discard: order.printing = "discard"
    case .capture(let limit):
      order.printing = "capture"
      order.captureLimit = limit
    }
    let answer = try await ask(PluginMessage.Request(process: order))
    guard let ended = answer.process else { throw Self.misfit }
    return ProcessResult(
      exitCode: ended.exitCode, timedOut: ended.timedOut, durationSeconds: ended.durationSeconds,
      output: ended.output?.bytes ?? [], isOutputCut: ended.isOutputCut ?? false)
  }

  func send(_ request: WebRequest) async throws -> WebResponse {
    var order = PluginMessage.WebOrder(method: request.method, url: request.url)
    order.headers = request.headers.map { [$0.name, $0.value] }
    switch request.body {
    case .none: break
    case .bytes(let bytes): order.body = Base64(bytes)
    case .file(let file): order.body = Base64(try await file.contents(limit: PluginProtocol.longestContent))
    }
    switch request.authorization {
    case nil: break
    case .bearer(let token): order.headers?.append(["Authorization", "Bearer " + token.reveal()])
    case .basic(let user, let password):
      let pair = Data((user + ":" + password.reveal()).utf8).base64EncodedString()
      order.headers?.append(["Authorization", "Basic " + pair])
    }
    switch request.redirects {
    case .none: order.redirects = "none"
    case .sameOrigin: order.redirects = "sameOrigin"
    case .any: order.redirects = "any"
    }
    order.timeoutSeconds = request.timeout.map { $0.seconds }
    guard let response = try await ask(PluginMessage.Request(web: order)).response else { throw Self.misfit }
    return WebResponse(
      status: response.status,
      headers: response.headers.compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil },
      body: response.body?.bytes ?? [])
  }

  func decide(_ question: DecisionQuestion) async throws -> Decision {
    guard let decision = try await ask(PluginMessage.Request(decision: question)).decision else { throw Self.misfit }
    return decision
  }

  /// Takes an answer of the agent.
  func take(_ answer: AgentMessage.Answer, for id: Int) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: answer)
  }

  /// Nothing more is coming.
  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      defer { state.waiters = [:] }
      return state.waiters.values.map { $0 }
    }
    for waiter in waiters { waiter.resume(throwing: CancellationError()) }
  }

  private static let misfit = PluginError(.communication, "the agent's answer does not fit the request")

  private func ask(_ request: PluginMessage.Request) async throws -> AgentMessage.Answer {
    let id = state.withLock { state in
      defer { state.next += 1 }
      return state.next
    }
    let answer = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (waiter: Waiter) in
        let isClosed = state.withLock { state in
          if !state.isClosed && !Task.isCancelled { state.waiters[id] = waiter }
          return state.isClosed || Task.isCancelled
        }
        if isClosed { return waiter.resume(throwing: CancellationError()) }
        do {
          try writer.send(PluginMessage.request(id: id, request))
        } catch {
          state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: error)
        }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }
    if let error = answer.error { throw PluginError(.failed, error) }
    return answer
  }
}
