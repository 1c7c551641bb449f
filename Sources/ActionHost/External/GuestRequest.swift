internal import Foundation
internal import JourneymanActionKit

/// Does what an external plugin asks for, by the same context that a built-in one has.
struct GuestRequest {
  let context: ActionContext

  /// What became of it; an error is an answer too.
  func answer(_ request: PluginMessage.Request) async -> AgentMessage.Answer {
    do {
      if let order = request.process { return AgentMessage.Answer(process: try await run(order)) }
      if let order = request.web { return AgentMessage.Answer(response: try await send(order)) }
      if let question = request.decision { return AgentMessage.Answer(decision: try await context.decide(question)) }
      return AgentMessage.Answer(error: "the request asks for neither process, web nor decision")
    } catch {
      return AgentMessage.Answer(error: String("\(error)".prefix(4_000)))
    }
  }

  private func run(_ order: PluginMessage.ProcessOrder) async throws -> AgentMessage.ProcessAnswer {
    let printing: ProcessRequest.Printing
    switch order.printing ?? "log" {
    case "log": printing = .log
    case "discard": printing = .discard
    case "capture":
      let most = PluginProtocol.longestContent
      printing = .capture(limit: min(max(order.captureLimit ?? most, 0), most))
    default: throw PluginError(.communication, "printing is log, capture or discard")
    }
    let timeout = order.timeoutSeconds.map { Duration.milliseconds(Int64(min(max($0, 0), 1e9) * 1000)) }
    let request: ProcessRequest
    switch (order.command, order.arguments) {
    case (let command?, nil):
      request = ProcessRequest(
        shell: command, place: order.place ?? .build, environment: order.environment ?? [:],
        directory: order.directory, standardInput: order.input?.bytes ?? [], printing: printing, timeout: timeout)
    case (nil, let arguments?) where !arguments.isEmpty:
      request = ProcessRequest(
        arguments[0], Array(arguments.dropFirst()), place: order.place ?? .build,
        environment: order.environment ?? [:], directory: order.directory, standardInput: order.input?.bytes ?? [],
        printing: printing, timeout: timeout)
    default: throw PluginError(.communication, "a process needs either command or arguments")
    }
    let result = try await context.run(request)
    let isCaptured = if case .capture = printing { true } else { false }
    return AgentMessage.ProcessAnswer(
      exitCode: result.exitCode, timedOut: result.timedOut, durationSeconds: result.durationSeconds,
      output: isCaptured ? Base64(result.output) : nil, isOutputCut: isCaptured ? result.isOutputCut : nil)
  }

  private func send(_ order: PluginMessage.WebOrder) async throws -> AgentMessage.WebAnswer {
    var request = WebRequest(order.method, order.url)
    for header in order.headers ?? [] {
      guard header.count == 2 else { throw PluginError(.communication, "a header is a pair of name and value") }
      request.headers.append((header[0], header[1]))
    }
    if let file = order.bodyFile {
      request.body = .file(try WorkspaceFiles(directory: context.output.path).open(file))
    } else if let body = order.body {
      request.body = .bytes(body.bytes)
    }
    if let name = order.secret {
      let secret = try context.secrets.value(of: name)
      request.authorization = order.user.map { .basic(user: $0, password: secret) } ?? .bearer(secret)
    }
    switch order.redirects ?? "none" {
    case "none": request.redirects = .none
    case "sameOrigin": request.redirects = .sameOrigin
    case "any": request.redirects = .any
    default: throw PluginError(.communication, "redirects are none, sameOrigin or any")
    }
    request.answerLimit = PluginProtocol.longestContent
    request.timeout = order.timeoutSeconds.map { .milliseconds(Int64(min(max($0, 0), 1e9) * 1000)) }
    let answer = try await context.send(request)
    return AgentMessage.WebAnswer(
      status: answer.status, headers: answer.headers.map { [$0.name, $0.value] }, body: Base64(answer.body))
  }
}
