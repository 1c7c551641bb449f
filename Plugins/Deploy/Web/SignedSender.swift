import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Sends signed requests, and tries again what did not reach the server or found it busy.
struct SignedSender: Sendable {
  /// Waits before the second and each further try.
  static let pauses: [Duration] = [.seconds(1), .seconds(4), .seconds(10)]

  let signature: RequestSignature
  let token: PluginSecret?
  let context: ActionContext

  /// Sends a request.
  ///
  /// - Parameter digest: SHA-256 of the body in hexadecimal digits.
  /// - Throws: `PluginError` when there is no answer after all tries.
  /// - Returns: an answer of any other status than 429, 502, 503 and 504, or the last of those.
  func send(
    _ method: String, _ location: WebTemplate.Location, type: String?, body: WebRequest.Body, digest: String
  ) async throws -> WebResponse {
    let delivery = UUID().uuidString.lowercased()
    for pause in Self.pauses {
      do {
        let answer = try await once(method, location, type: type, body: body, digest: digest, delivery: delivery)
        if ![429, 502, 503, 504].contains(answer.status) { return answer }
        context.log("\(location.url) answered \(answer.status); trying again", .warning)
      } catch let error as PluginError where error.code == .network {
        context.log("\(error); trying again", .warning)
      }
      try await Task.sleep(for: pause * Double.random(in: 0.5...1))
    }
    return try await once(method, location, type: type, body: body, digest: digest, delivery: delivery)
  }

  /// Sends a request one time.
  ///
  /// - Throws: `PluginError` when there is no answer.
  func once(
    _ method: String, _ location: WebTemplate.Location, type: String? = nil, body: WebRequest.Body = .none,
    digest: String, delivery: String, timeout: Duration? = nil
  ) async throws -> WebResponse {
    var request = WebRequest(method, location.url)
    request.headers = try signature.fields(
      method, location, digest: digest, delivery: delivery, time: Int64(Date().timeIntervalSince1970))
    if let type { request.headers.append(("Content-Type", type)) }
    request.body = body
    request.authorization = token.map { .bearer($0) }
    request.answerLimit = 1 << 20
    request.timeout = timeout
    return try await context.send(request)
  }

  /// The refusal of a server, for people: its status and the beginning of what it said.
  static func refusal(_ answer: WebResponse, of url: String) -> PluginError {
    let said = StepOutput.lines(answer.body).first.map { ": \($0.prefix(300))" } ?? ""
    return PluginError(.failed, "\(url) answered \(answer.status)\(said)")
  }
}
