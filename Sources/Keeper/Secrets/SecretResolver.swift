import Foundation
public import JourneymanBuildModel
public import JourneymanSupport

/// Finds the values of secrets by the names of agent.conf's `[secret]` entries. A provider that gave its
/// value is not asked again.
public actor SecretResolver {
  private let providers: [String: any SecretProvider]
  private let reservations: SecretReservations
  private var values: [String: Task<Secret, any Error>] = [:]

  /// Takes the `[secret]` entries of agent.conf, and which of them other sections use.
  ///
  /// - Parameters:
  ///   - allowance: what the job that asked for the build may use; `nil` for builds that no job asked for.
  ///   - environment: the keeper's own, for `env` entries and the commands of `command` entries.
  public init(
    _ settings: Settings, allowance: ControllerAllowance? = nil,
    environment: [String: String] = StandardPaths.processEnvironment
  ) {
    var providers: [String: any SecretProvider] = [:]
    for secret in settings.secrets {
      switch secret.source {
      case .file(let path): providers[secret.name] = FileSecret(path: path)
      case .environment(let variable):
        providers[secret.name] = EnvironmentSecret(variable: variable, environment: environment)
      case .command(let command):
        providers[secret.name] = CommandSecret(command: command, environment: environment)
      }
    }
    self.providers = providers
    reservations = SecretReservations(settings, allowance)
  }

  /// The value of one entry.
  ///
  /// - Throws: ``SecretError``
  public func value(of name: String) async throws -> Secret {
    guard let provider = providers[name] else {
      let hint = Suggestion.nearest(to: name, among: providers.keys.sorted()).map { "; did you mean '\($0)'?" } ?? "."
      throw SecretError(
        .unknown, "there is no secret '\(name)'\(hint) Add a section [secret \"\(name)\"] to agent.conf.")
    }
    let task = values[name] ?? Task { try await provider.value() }
    values[name] = task
    do {
      return try await task.value
    } catch let error as SecretError {
      values[name] = nil
      throw SecretError(error.code, "secret '\(name)': \(error.message)", underlying: error)
    }
  }

  /// The values that the worker refers to, in the order of the references.
  ///
  /// - Throws: ``SecretError`` for the first that cannot be had, or that is the agent's own.
  public func values(of references: [SecretReference]) async throws -> [Secret] {
    var values: [Secret] = []
    for reference in references {
      try reservations.check(reference)
      let whole = try await value(of: reference.name)
      guard let key = reference.jsonKey else {
        values.append(whole)
        continue
      }
      values.append(try SecretObject.field(key, of: whole, name: reference.name))
    }
    return values
  }
}

/// A secret value that is a JSON object, as AWS Secrets Manager's are.
enum SecretObject {
  /// A field as JSON has it; numbers and booleans keep their text.
  private enum Field: Decodable {
    case text(String)
    case number(Decimal)
    case boolean(Bool)
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let boolean = try? container.decode(Bool.self) {
        self = .boolean(boolean)
      } else if let number = try? container.decode(Decimal.self) {
        self = .number(number)
      } else {
        self = .other
      }
    }
  }

  /// - Throws: ``SecretError`` without the decoder's own error, which could quote the value.
  static func field(_ key: String, of secret: Secret, name: String) throws(SecretError) -> Secret {
    guard let fields = try? JSONDecoder().decode([String: Field].self, from: Data(secret.reveal().utf8)) else {
      throw SecretError(.unusable, "secret '\(name)': the value is not a JSON object, so that it has no key '\(key)'")
    }
    switch fields[key] {
    case .text(let text): return Secret(text)
    case .boolean(let boolean): return Secret(String(boolean))
    case .number(let number): return Secret("\(number)")
    case .other: throw SecretError(.unusable, "secret '\(name)': the value of the key '\(key)' is not a string")
    case nil: throw SecretError(.unusable, "secret '\(name)': the JSON object has no key '\(key)'")
    }
  }
}
