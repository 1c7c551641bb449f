/// What an external plugin tells the agent.
package enum PluginMessage: Sendable {
  /// The answer to `describe`.
  case manifest(PluginManifest)
  case log(ActionLogLevel, String)
  case progress(String, done: Int64, total: Int64)
  case output(key: String, value: String)
  case artifact(ActionArtifact)
  case report(ActionReport)
  /// Something to be done; answered under the same number.
  case request(id: Int, Request)
  /// How the action ended. The last message.
  case result(ActionOutcome.Status, String)

  /// Something to be done; exactly one field is there.
  package struct Request: Sendable, Codable {
    package var process: ProcessOrder?
    package var web: WebOrder?
    package var decision: DecisionQuestion?

    package init(process: ProcessOrder? = nil, web: WebOrder? = nil, decision: DecisionQuestion? = nil) {
      self.process = process
      self.web = web
      self.decision = decision
    }
  }

  /// A process to start: either `command` for the shell or `arguments`, of which the first is the program.
  package struct ProcessOrder: Sendable, Codable {
    package var command: String?
    package var arguments: [String]?
    package var place: ProcessRequest.Place?
    package var environment: [String: String]?
    package var directory: String?
    package var input: Base64?
    /// `log` (the default), `capture` or `discard`.
    package var printing: String?
    package var captureLimit: Int?
    package var timeoutSeconds: Double?

    package init() {}
  }

  /// An HTTP request to send.
  package struct WebOrder: Sendable, Codable {
    package var method: String
    package var url: String
    package var headers: [[String]]?
    package var body: Base64?
    /// A file in the output directory that is sent instead of `body`.
    package var bodyFile: String?
    /// The name of a granted secret that is sent as `Authorization: Bearer`, or with `user` as `Basic`.
    package var secret: String?
    package var user: String?
    /// `none` (the default), `sameOrigin` or `any`.
    package var redirects: String?
    package var timeoutSeconds: Double?

    package init(method: String, url: String) {
      self.method = method
      self.url = url
    }
  }
}

extension PluginMessage: Codable {
  private enum CodingKeys: String, CodingKey {
    case type, manifest, level, text, done, total, key, value, id, status, message
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys) throws -> Value { try container.decode(Value.self, forKey: key) }
    let type: String = try value(.type)
    switch type {
    case "manifest": self = .manifest(try value(.manifest))
    case "log":
      self = .log(
        try container.decodeIfPresent(ActionLogLevel.self, forKey: .level) ?? .info, try value(.text))
    case "progress":
      self = .progress(
        try value(.text), done: try value(.done),
        total: try container.decodeIfPresent(Int64.self, forKey: .total) ?? 0)
    case "output": self = .output(key: try value(.key), value: try value(.value))
    case "artifact": self = .artifact(try ActionArtifact(from: decoder))
    case "report": self = .report(try ActionReport(from: decoder))
    case "request": self = .request(id: try value(.id), try Request(from: decoder))
    case "result":
      self = .result(try value(.status), try container.decodeIfPresent(String.self, forKey: .message) ?? "")
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: container, debugDescription: "unknown message '\(type.prefix(40))'")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    func put(_ type: String) throws { try container.encode(type, forKey: .type) }
    switch self {
    case .manifest(let manifest):
      try put("manifest")
      try container.encode(manifest, forKey: .manifest)
    case .log(let level, let text):
      try put("log")
      try container.encode(level, forKey: .level)
      try container.encode(text, forKey: .text)
    case .progress(let text, let done, let total):
      try put("progress")
      try container.encode(text, forKey: .text)
      try container.encode(done, forKey: .done)
      try container.encode(total, forKey: .total)
    case .output(let key, let value):
      try put("output")
      try container.encode(key, forKey: .key)
      try container.encode(value, forKey: .value)
    case .artifact(let artifact):
      try put("artifact")
      try artifact.encode(to: encoder)
    case .report(let report):
      try put("report")
      try report.encode(to: encoder)
    case .request(let id, let request):
      try put("request")
      try container.encode(id, forKey: .id)
      try request.encode(to: encoder)
    case .result(let status, let message):
      try put("result")
      try container.encode(status, forKey: .status)
      try container.encode(message, forKey: .message)
    }
  }
}
