internal import JourneymanSupport

extension BuildEvent {
  fileprivate enum Key: String, CodingKey {
    case type, sequence, time, id, source, phase, command, exitCode, durationSeconds, result, level, text, offset, bytes
    case done, total, name, uses, action, artifact, status, task, identifier, output
  }

  /// Reads the flat object.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    sequence = try container.decode(Int.self, forKey: .sequence)
    time = try container.decode(Timestamp.self, forKey: .time)
    kind = try Kind(from: decoder)
  }

  /// Writes the flat object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(sequence, forKey: .sequence)
    try container.encode(time, forKey: .time)
    try kind.encode(to: encoder)
  }
}

extension BuildEvent.Kind: Codable {
  private typealias Key = BuildEvent.Key

  /// Reads the fields that belong to the object's `type`.
  ///
  /// - Throws: `DecodingError` for an unknown type or missing fields.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    func value<T: Decodable>(_ key: Key) throws -> T { try container.decode(T.self, forKey: key) }
    let type: String = try value(.type)
    switch type {
    case "buildStarted": self = .buildStarted(id: try value(.id), source: try value(.source))
    case "sourceResolved": self = .sourceResolved(try value(.source))
    case "phaseStarted": self = .phaseStarted(try value(.phase))
    case "commandStarted": self = .commandStarted(try value(.phase), text: try value(.command))
    case "commandFinished":
      self = .commandFinished(
        try value(.phase), text: try value(.command), exitCode: try value(.exitCode),
        durationSeconds: try value(.durationSeconds))
    case "phaseFinished": self = .phaseFinished(try value(.result))
    case "message": self = .message(try value(.level), try value(.text))
    case "output":
      self = .output(
        text: try container.decodeIfPresent(String.self, forKey: .text), offset: try value(.offset),
        bytes: try value(.bytes))
    case "progress": self = .progress(try value(.text), done: try value(.done), total: try value(.total))
    case "actionStarted": self = .actionStarted(name: try value(.name), uses: try value(.uses))
    case "actionFinished": self = .actionFinished(try value(.action))
    case "artifact": self = .artifact(try value(.artifact))
    case "taskStarted": self = .taskStarted(identifier: try value(.identifier), output: try value(.output))
    case "taskFinished": self = .taskFinished(try value(.task))
    case "buildFinished": self = .buildFinished(try value(.status), durationSeconds: try value(.durationSeconds))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: container, debugDescription: "unknown event type \(type)")
    }
  }

  /// Writes the fields that belong to the kind.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    func type(_ name: String) throws { try container.encode(name, forKey: .type) }
    switch self {
    case .buildStarted(let id, let source):
      try type("buildStarted")
      try container.encode(id, forKey: .id)
      try container.encode(source, forKey: .source)
    case .sourceResolved(let source):
      try type("sourceResolved")
      try container.encode(source, forKey: .source)
    case .phaseStarted(let phase):
      try type("phaseStarted")
      try container.encode(phase, forKey: .phase)
    case .commandStarted(let phase, let text):
      try type("commandStarted")
      try container.encode(phase, forKey: .phase)
      try container.encode(text, forKey: .command)
    case .commandFinished(let phase, let text, let exitCode, let durationSeconds):
      try type("commandFinished")
      try container.encode(phase, forKey: .phase)
      try container.encode(text, forKey: .command)
      try container.encode(exitCode, forKey: .exitCode)
      try container.encode(durationSeconds, forKey: .durationSeconds)
    case .phaseFinished(let result):
      try type("phaseFinished")
      try container.encode(result.name, forKey: .phase)
      try container.encode(result.status, forKey: .status)
      try container.encode(result, forKey: .result)
    case .message(let level, let text):
      try type("message")
      try container.encode(level, forKey: .level)
      try container.encode(text, forKey: .text)
    case .output(let text, let offset, let bytes):
      try type("output")
      try container.encodeIfPresent(text, forKey: .text)
      try container.encode(offset, forKey: .offset)
      try container.encode(bytes, forKey: .bytes)
    case .progress(let text, let done, let total):
      try type("progress")
      try container.encode(text, forKey: .text)
      try container.encode(done, forKey: .done)
      try container.encode(total, forKey: .total)
    case .actionStarted(let name, let uses):
      try type("actionStarted")
      try container.encode(name, forKey: .name)
      try container.encode(uses, forKey: .uses)
    case .actionFinished(let result):
      try type("actionFinished")
      try container.encode(result, forKey: .action)
    case .artifact(let result):
      try type("artifact")
      try container.encode(result, forKey: .artifact)
    case .taskStarted(let identifier, let output):
      try type("taskStarted")
      try container.encode(identifier, forKey: .identifier)
      try container.encode(output, forKey: .output)
    case .taskFinished(let task):
      try type("taskFinished")
      try container.encode(task, forKey: .task)
    case .buildFinished(let status, let durationSeconds):
      try type("buildFinished")
      try container.encode(status, forKey: .status)
      try container.encode(durationSeconds, forKey: .durationSeconds)
    }
  }
}
