public import JourneymanCommandLine
public import JourneymanSupport

extension SandboxSettings.Mode: ArgumentValue {}

/// What `journeyman run` takes and how its help explains it.
enum RunArguments {
  static let directory = Declare.optionalOperand(
    "DIR", help: "The directory to build; default: the current one.")
  static let inPlace = Declare.flag(
    "in-place", help: "Build in DIR itself instead of in a private view of it. Its .git is read-only.")
  static let source = Declare.option(
    "source", "URL", help: "Check this repository out and build it, instead of a directory.")
  static let ref = Declare.option(
    "ref", "REF", help: "Branch, tag or commit of --source; default: its default branch.")
  static let buildspec = Declare.option(
    "buildspec", "FILE", help: "The buildspec, relative to the source; default: buildspec.yml.")
  static let environment = Declare.repeatedOption(
    "env", "NAME=VALUE", as: Assignment.self, help: "Set a variable of the build; wins over the buildspec's.")
  static let environmentFile = Declare.option(
    "env-file", "FILE", help: "Read variables from FILE: one NAME=VALUE per line, # starts a comment.")
  static let output = Declare.option(
    "output", short: "o", "DIR",
    help: "Where log.txt, result.json and the artifacts go; default: a new directory under the state directory.")
  static let sandbox = Declare.option(
    "sandbox", "MODE", as: SandboxSettings.Mode.self,
    help: "How commands are isolated: strict, basic or off; default: agent.conf's, else strict.")
  static let network = Declare.option(
    "network", "on|off", as: Switch.self, help: "Whether commands may use the network; default: on.")
  static let timeout = Declare.option(
    "timeout", "DURATION", as: Duration.self, help: "End the build after so long, such as 90s, 15m or 1h30m.")
  static let recipients = Declare.repeatedOption(
    "recipient", short: "r", "AGE-PUBLIC-KEY", help: "Seal the artifacts for this key.")
  static let unsealed = Declare.flag("unsealed", help: "Leave the artifacts unencrypted.")
  static let json = Declare.flag("json", help: "Print one event per line as JSON on standard output.")
  static let quiet = Declare.flag("quiet", short: "q", help: "Print only the result and errors.")
  static let configuration = Declare.option(
    "config", "FILE", help: "The agent.conf to use instead of the user's or the system's.")

  /// Everything above, in the order of the help.
  static let all: [any DeclaredArgument] = [
    inPlace, source, ref, buildspec, environment, environmentFile, output, sandbox, network, timeout, recipients,
    unsealed, json, quiet, configuration, directory,
  ]

  static let usage = """
    [DIR] [--in-place] [--source URL [--ref REF]] [--buildspec FILE] [--env NAME=VALUE]... [--env-file FILE] \
    [--output DIR] [--sandbox strict|basic|off] [--network on|off] [--timeout DURATION] \
    [--recipient AGE-PUBLIC-KEY]... [--unsealed] [--json] [--quiet] [--config FILE]
    """

  static let discussion = """
    The directory is built in a private view (uncommitted changes included), so that its files stay as they are. \
    A build sees PATH, LANG, LC_*, TZ, TERM, the proxy variables, CODEBUILD_* and the variables of the buildspec \
    and of --env; nothing else of your environment.

    Exit status: 0 the build succeeded, 1 it failed, 2 wrong usage, configuration or buildspec, 3 infrastructure \
    failed, 124 timed out, 130 interrupted. Ctrl-C once stops the build gracefully, twice at once.
    """

  static let examples: [CommandDefinition.Example] = [
    .init("journeyman run", "Build the current directory by its buildspec.yml."),
    .init(
      "journeyman run --env STAGE=test --output out ~/src/shop",
      "Build another directory with a variable set, and put the results into out."),
    .init(
      "journeyman run --source https://example.org/shop.git --ref v1.2",
      "Check out a tag and build it."),
    .init("journeyman run --json | jq -r .type", "Follow a build by its events."),
  ]
}
