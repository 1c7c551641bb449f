/// A secret value that an action was granted. It prints as `<redacted>` and must be opened explicitly.
public struct PluginSecret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let value: String

  /// Wraps a value.
  public init(_ value: String) { self.value = value }

  /// The secret itself. Every call is a place to review.
  public func reveal() -> String { value }

  /// Always `<redacted>`.
  public var description: String { "<redacted>" }
  /// Always `<redacted>`.
  public var debugDescription: String { "<redacted>" }
  /// Shows nothing, so that `dump` does not print the value.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The secrets that an action names and its plugin is granted.
public struct PluginSecrets: Sendable {
  private let values: [String: PluginSecret]

  /// Takes values by name.
  public init(_ values: [String: PluginSecret]) { self.values = values }

  /// The names, sorted.
  public var names: [String] { values.keys.sorted() }

  /// The value of a secret that has to be there.
  ///
  /// - Throws: ``PluginError`` that says how to hand it over.
  public func value(of name: String) throws(PluginError) -> PluginSecret {
    if let value = values[name] { return value }
    throw PluginError(
      .notGranted, "the secret '\(name)' was not handed to this action; add it to the action's 'secrets:' list")
  }

  /// The value of a secret, or `nil`.
  public subscript(name: String) -> PluginSecret? { values[name] }
}
