/// Everything agent.conf says, with defaults for what it leaves open. Paths are absolute.
///
/// It holds no secret value, only where each is to be found, and travels as JSON from the process that parses
/// agent.conf to the listener.
public struct Settings: Codable, Sendable, Equatable {
  /// The file it was read from; `nil` when there was none and the defaults stand.
  public var file: String?
  /// `[agent]`
  public var agent = AgentSettings()
  /// `[sandbox]`
  public var sandbox = SandboxSettings()
  /// `[checkout]`
  public var checkout = CheckoutSettings()
  /// Each `[credential "URL"]`, in the order of the file.
  public var credentials: [CredentialSettings] = []
  /// `[signing]`
  public var signing = SigningSettings()
  /// Each `[artifacts "NAME"]`, in the order of the file.
  public var artifactStores: [ArtifactStoreSettings] = []
  /// `[plugins]` and each `[plugin "NAME"]`
  public var plugins = PluginSettings()
  /// Each `[secret "NAME"]`, in the order of the file.
  public var secrets: [SecretSettings] = []
  /// Each `[controller "NAME"]`, in the order of the file.
  public var controllers: [ControllerSettings] = []

  /// The defaults.
  public init() {}
}
