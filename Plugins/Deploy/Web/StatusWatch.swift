import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Asks a server how a deployment goes until it has ended.
///
/// The answer is JSON, `{"status": "succeeded", "message": "…"}`, where the status is `pending`, `running`, `succeeded`
/// or `failed` and the message may be absent. 404, 429 and 5xx, an answer without a known status, and no answer at all
/// are waited out: the server may be restarting. Any other status of HTTP ends the deployment.
struct StatusWatch: Sendable {
  /// How a deployment ended.
  enum End: Sendable {
    /// It is in use; what the server said.
    case succeeded(String)
    /// It is not; what the server said.
    case failed(String)
    /// The time is up; what was heard last.
    case unknown(String)
  }

  private struct Answer: Decodable {
    let status: String
    let message: String?
  }

  let location: WebTemplate.Location
  let interval: Duration
  let timeout: Duration
  let sender: SignedSender

  func run() async throws -> End {
    let deadline = ContinuousClock.now + timeout
    let nothing = FileDigest.hexadecimal(try FileDigest.digest(of: [], .sha256))
    var last = ""
    while true {
      let heard: String
      do {
        let left = max(deadline - ContinuousClock.now, .milliseconds(100))
        let answer = try await sender.once(
          "GET", location, digest: nothing, delivery: UUID().uuidString.lowercased(), timeout: min(left, .seconds(30)))
        if let end = try Self.end(answer) { return end }
        heard = try Self.progress(answer, of: location.url)
      } catch let error as PluginError where error.code == .network {
        heard = "\(error)"
      }
      if heard != last { sender.context.log(heard) }
      last = heard
      if ContinuousClock.now + interval >= deadline { return .unknown(last) }
      try await Task.sleep(for: interval)
    }
  }

  /// - Returns: `nil` while it goes on.
  private static func end(_ answer: WebResponse) throws -> End? {
    guard answer.isSuccess, let said = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)) else {
      return nil
    }
    let message = StepOutput.lines(Array((said.message ?? "").utf8)).first.map { ": \($0.prefix(500))" } ?? ""
    switch said.status {
    case "succeeded": return .succeeded(message)
    case "failed": return .failed(message)
    default: return nil
    }
  }

  /// What to say of an answer that ends nothing.
  private static func progress(_ answer: WebResponse, of url: String) throws -> String {
    if !answer.isSuccess, ![404, 429].contains(answer.status), answer.status < 500 {
      throw SignedSender.refusal(answer, of: url)
    }
    let said = StepOutput.lines(answer.body).first.map { ": \($0.prefix(300))" } ?? ""
    return "\(url) answers \(answer.status)\(said)"
  }
}
