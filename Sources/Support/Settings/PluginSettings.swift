/// `[plugins]` and each `[plugin "NAME"]`: where plugins are found and what each is granted.
public struct PluginSettings: Codable, Sendable, Equatable {
  /// What one plugin is granted beyond nothing.
  public struct Grant: Codable, Sendable, Equatable {
    /// The plugin's name, from the section's heading.
    public var name: String
    /// The SHA-256 its executable must have, in hex.
    public var sha256: String?
    /// Whether it may use the network.
    public var network = false
    /// Whether it may work on the host itself, outside every sandbox.
    public var host = false
    /// Variables of the agent's environment that it sees.
    public var environment: [String] = []
    /// Secrets that actions may hand to it.
    public var secrets: [String] = []
    /// For plugins that wait for decisions: the command that decides; `nil` leaves it to people.
    public var decision: String?

    /// Grants nothing.
    public init(name: String) { self.name = name }
  }

  /// Directories that external plugins are found in.
  public var path: [String] = []
  /// Certificate authorities for the HTTPS requests of plugins, in PEM; `nil` is the system's.
  public var caFile: String?
  /// The HTTP proxy's URL for plugins; `nil` is what the environment says.
  public var proxy: String?
  /// The grants, in the order of the file.
  public var grants: [Grant] = []

  /// The defaults.
  public init() {}
}
