public import JourneymanSupport

/// A secret in a variable of the keeper's own environment, which no build sees.
public struct EnvironmentSecret: SecretProvider {
  private let variable: String
  private let environment: [String: String]

  /// Names the variable.
  public init(variable: String, environment: [String: String]) {
    self.variable = variable
    self.environment = environment
  }

  /// Looks the variable up.
  ///
  /// - Throws: ``SecretError``
  public func value() async throws -> Secret {
    guard let text = environment[variable] else {
      throw SecretError(.unavailable, "the variable \(variable) is not set in the environment of journeyman")
    }
    if text.isEmpty { throw SecretError(.unusable, "the variable \(variable) is empty") }
    return Secret(text)
  }
}
