internal import JourneymanBuildModel
internal import JourneymanSupport

/// The secrets that agent.conf gives a use of the agent's own. A buildspec, which is as untrusted as the sources it
/// comes with, cannot have them by naming them.
struct SecretReservations: Sendable {
  /// What uses each name, in words.
  private var uses: [String: String] = [:]
  /// The names that checking out may use.
  private var checkout: Set<String> = []
  /// What a job may use, if one asked for the build.
  private let allowance: ControllerAllowance?
  /// The names that agent.conf gives to plugins.
  private let plugins: Set<String>

  /// Reads the sections that name secrets.
  init(_ settings: Settings, _ allowance: ControllerAllowance? = nil) {
    self.allowance = allowance
    plugins = Set(settings.plugins.grants.flatMap(\.secrets))
    for credential in settings.credentials {
      uses[credential.secret] = "the checkout"
      checkout.insert(credential.secret)
    }
    if let passphrase = settings.checkout.sshKeyPassphrase {
      uses[passphrase] = "the checkout"
      checkout.insert(passphrase)
    }
    for store in settings.artifactStores {
      if let secret = store.secret { uses[secret] = "the artifact store '\(store.name)'" }
    }
  }

  /// Checks that what the worker refers to is what such a reference may have.
  ///
  /// - Throws: ``SecretError`` that names the use.
  func check(_ reference: SecretReference) throws(SecretError) {
    if reference.kind == .checkout {
      guard checkout.contains(reference.name) else {
        throw SecretError(.reserved, "agent.conf does not give the secret '\(reference.name)' to the checkout")
      }
    } else if let use = uses[reference.name] {
      throw SecretError(
        .reserved,
        "secret '\(reference.name)' belongs to \(use) and is not for builds. If builds shall have the value, give them"
          + " a [secret] section of their own in agent.conf.")
    } else if let allowance, !allowance.allows(.secret, reference.name),
      reference.kind != .action || !plugins.contains(reference.name)
    {
      throw SecretError(
        .reserved,
        "agent.conf does not let the jobs of this controller have the secret '\(reference.name)': 'secret:"
          + "\(reference.name)' is not in allow of its [controller] section")
    }
  }
}
