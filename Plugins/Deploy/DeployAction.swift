public import JourneymanActionKit

/// Brings what was built to where it runs, and back when it does not work there.
public struct DeployAction: ActionPlugin {
  /// What stands under `with:`.
  public typealias Configuration = DeployConfiguration

  /// What the plugin is called, takes and gives.
  public static let manifest = PluginManifest(
    name: "deploy", version: "1.0.0",
    summary:
      "Deploys to this machine, in a directory or by an AppSpec file, to others over ssh, or to a server over HTTP.",
    category: .deploy, configuration: DeployConfiguration.schema, network: true, host: true, secrets: true,
    outputs: [
      .init("release", "The name of the release."),
      .init("hosts", "The machines it was deployed to, separated by blanks (ssh)."),
      .init("url", "Where it was uploaded to (http)."),
    ] + AppSpecSettings.outputs)

  private let target: any DeployTarget

  /// Takes a configuration.
  ///
  /// - Throws: `PluginConfigurationError` for values that do not make sense.
  public init(configuration: DeployConfiguration) throws { target = try configuration.makeTarget() }

  /// Deploys; what fails is undone.
  public func run(in context: ActionContext) async throws -> ActionOutcome { try await target.deploy(context) }
}
