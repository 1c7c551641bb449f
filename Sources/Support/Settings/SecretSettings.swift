/// `[secret "NAME"]`: where a secret value comes from. Never the value.
public struct SecretSettings: Codable, Sendable, Equatable {
  /// Where a secret value comes from.
  public enum Source: Codable, Sendable, Equatable {
    /// The content of a file, without one newline at its end.
    case file(String)
    /// A variable of the keeper's environment.
    case environment(String)
    /// The standard output of a command given to `/bin/sh -c`, without one newline at its end.
    case command(String)
  }

  /// The name in the section's heading, by which buildspecs and other sections refer to it.
  public var name: String
  /// Where the value comes from.
  public var source: Source

  /// A secret's place.
  public init(name: String, source: Source) {
    self.name = name
    self.source = source
  }
}
