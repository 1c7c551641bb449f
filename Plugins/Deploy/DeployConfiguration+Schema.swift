import JourneymanActionKit

extension DeployConfiguration {
  /// The keys as they are explained and checked.
  static let schema = ConfigurationSchema(
    [
      ConfigurationKey(
        "target", .choice(Target.allCases.map(\.rawValue)),
        "Where to deploy to; which other keys there are depends on it.", isRequired: true),
      ConfigurationKey(
        "source", .text, "The directory of the workspace that is deployed (http: or a file, which is sent as it is)."),
    ] + releases + AppSpecSettings.keys + machines + servers)

  private static let releases = [
    ConfigurationKey(
      "path", .text, "directory, ssh: the absolute path of the directory that holds 'releases' and 'current'."),
    ConfigurationKey(
      "keep", .integer, "How many releases or deployments stay, the current one included.", defaultText: "5"),
    ConfigurationKey("restart", .text, "A command that is run in the release whenever 'current' has changed."),
    ConfigurationKey(
      "health-check", .text, "A command that is run in the new release; when it fails, the release before comes back."),
    ConfigurationKey("health-attempts", .integer, "How often the health check is tried.", defaultText: "1"),
    ConfigurationKey("health-interval", .duration, "The time between two tries.", defaultText: "2s"),
    ConfigurationKey("health-timeout", .duration, "How long one try may take.", defaultText: "60s"),
  ]

  private static let machines = [
    ConfigurationKey("hosts", .list(.text), "ssh: the machines, each as [user@]host[:port]."),
    ConfigurationKey("user", .text, "The user on machines that name none.", defaultText: "root or the agent's own"),
    ConfigurationKey("port", .integer, "The port of machines that name none.", defaultText: "22"),
    ConfigurationKey(
      "strategy", .text, "How many machines change at a time: serial, parallel, a share such as 25%, or a number.",
      defaultText: "serial"),
    ConfigurationKey("identity", .text, "The secret (also in the action's 'secrets') that holds the private key."),
    ConfigurationKey(
      "identity-file", .text, "Instead, a file of the agent's machine; needs [plugin \"deploy\"] host = true."),
    ConfigurationKey("passphrase", .text, "The secret that holds the key's passphrase."),
    ConfigurationKey(
      "known-hosts", .text, "The machines' host keys, as lines of known_hosts.",
      defaultText: "the agent's /etc/ssh/ssh_known_hosts"),
    ConfigurationKey("known-hosts-file", .text, "Instead, a file of the workspace with such lines."),
  ]

  private static let servers = [
    ConfigurationKey(
      "upload", .text,
      "http: where the release is put by PUT; {release} is its name, and after a slash at the end its file's name is added."
    ),
    ConfigurationKey("webhook", .text, "The URL that is told of the release by POST."),
    ConfigurationKey("status", .text, "The URL that says how the deployment goes; it is asked until that is known."),
    ConfigurationKey("status-interval", .duration, "The time between two questions.", defaultText: "2s"),
    ConfigurationKey("status-timeout", .duration, "How long to ask; then the action fails.", defaultText: "10m"),
    ConfigurationKey("secret", .text, "The secret (also in the action's 'secrets') that requests are signed with."),
    ConfigurationKey("token", .text, "The secret that is sent as a bearer token."),
  ]
}
