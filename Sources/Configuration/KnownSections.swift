/// Every section and key of agent.conf.
public enum KnownSections {
  /// The keys of each section as documentation writes them. Sections that need a name in quotes are marked `.*`.
  public static let keys: [String: [String]] = [
    "agent": AgentSection.keys.map(\.name),
    "sandbox": SandboxSection.keys.map(\.name),
    "checkout": CheckoutSection.keys.map(\.name),
    "credential.*": CredentialSection.keys.map(\.name),
    "signing": SigningSection.keys.map(\.name),
    "artifacts.*": ArtifactsSection.keys.map(\.name),
    "plugins": PluginsSection.keys.map(\.name),
    "plugin.*": PluginSection.keys.map(\.name),
    "secret.*": SecretSection.keys.map(\.name),
    "controller.*": ControllerSection.keys.map(\.name),
    "include": ["path"],
  ]
}
