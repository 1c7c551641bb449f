/// What an agent tells an external plugin.
package enum AgentMessage: Sendable {
  /// Say what you are.
  case describe(version: Int)
  /// Carry an action out. Sent once.
  case run(RunOrder)
  /// End the action: the build was stopped or the action's time is up. A signal follows.
  case cancel(reason: String)
  /// The answer to a request.
  case answer(id: Int, Answer)

  /// What to carry out, and with what.
  package struct RunOrder: Sendable, Codable, Equatable {
    package var `protocol`: Int
    package var action: String
    package var configuration: JSONValue
    package var build: BuildDescription
    /// A copy of the workspace; absent when the manifest did not ask for it.
    package var workspace: String?
    /// The directory for what the action makes.
    package var output: String
    package var environment: [String: String]
    package var secrets: [String: String]
    package var artifacts: [ArtifactDescription]

    package init(
      protocol version: Int, action: String, configuration: JSONValue, build: BuildDescription, workspace: String?,
      output: String, environment: [String: String], secrets: [String: String], artifacts: [ArtifactDescription]
    ) {
      self.protocol = version
      self.action = action
      self.configuration = configuration
      self.build = build
      self.workspace = workspace
      self.output = output
      self.environment = environment
      self.secrets = secrets
      self.artifacts = artifacts
    }
  }

  /// What became of a request; exactly one field is there.
  package struct Answer: Sendable, Codable, Equatable {
    package var process: ProcessAnswer?
    package var response: WebAnswer?
    package var decision: Decision?
    /// Why it could not be done.
    package var error: String?

    package init(
      process: ProcessAnswer? = nil, response: WebAnswer? = nil, decision: Decision? = nil, error: String? = nil
    ) {
      self.process = process
      self.response = response
      self.decision = decision
      self.error = error
    }
  }

  /// The end of a process.
  package struct ProcessAnswer: Sendable, Codable, Equatable {
    package var exitCode: Int32
    package var timedOut: Bool
    package var durationSeconds: Double
    package var output: Base64?
    package var isOutputCut: Bool?

    package init(exitCode: Int32, timedOut: Bool, durationSeconds: Double, output: Base64?, isOutputCut: Bool?) {
      self.exitCode = exitCode
      self.timedOut = timedOut
      self.durationSeconds = durationSeconds
      self.output = output
      self.isOutputCut = isOutputCut
    }
  }

  /// An HTTP answer.
  package struct WebAnswer: Sendable, Codable, Equatable {
    package var status: Int
    package var headers: [[String]]
    package var body: Base64?

    package init(status: Int, headers: [[String]], body: Base64?) {
      self.status = status
      self.headers = headers
      self.body = body
    }
  }
}

extension AgentMessage: Codable {
  private enum CodingKeys: String, CodingKey {
    case type, `protocol`, reason, id
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let type = try container.decode(String.self, forKey: .type)
    switch type {
    case "describe": self = .describe(version: try container.decode(Int.self, forKey: .protocol))
    case "run": self = .run(try RunOrder(from: decoder))
    case "cancel": self = .cancel(reason: try container.decode(String.self, forKey: .reason))
    case "answer":
      self = .answer(id: try container.decode(Int.self, forKey: .id), try Answer(from: decoder))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: container, debugDescription: "unknown message '\(type.prefix(40))'")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .describe(let version):
      try container.encode("describe", forKey: .type)
      try container.encode(version, forKey: .protocol)
    case .run(let order):
      try container.encode("run", forKey: .type)
      try order.encode(to: encoder)
    case .cancel(let reason):
      try container.encode("cancel", forKey: .type)
      try container.encode(reason, forKey: .reason)
    case .answer(let id, let answer):
      try container.encode("answer", forKey: .type)
      try container.encode(id, forKey: .id)
      try answer.encode(to: encoder)
    }
  }
}
