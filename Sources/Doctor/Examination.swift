public import JourneymanSupport

/// Checks everything that Journeyman needs of a machine, one check for each requirement.
public struct Examination: Sendable {
  private let configurationPath: String?
  private let environment: [String: String]

  /// Prepares an examination.
  ///
  /// - Parameters:
  ///   - configuration: the agent.conf named on the command line; `nil` searches as all commands do.
  ///   - environment: the environment to examine, this process's own unless a test says otherwise.
  public init(
    configuration: String? = nil, environment: [String: String] = StandardPaths.processEnvironment
  ) {
    configurationPath = configuration
    self.environment = environment
  }

  /// Runs all checks, in the order of their importance. Takes up to a second: features of the kernel are tried.
  public func run() async -> [Finding] {
    let (settings, configuration) = ConfigurationCheck.run(configurationPath, environment)
    var findings = LibraryCheck.all.map { $0.finding() }
    findings.append(configuration)
    findings += SecretFileCheck.run(settings.secrets)
    findings += KeyCheck.run(environment)
    findings += DirectoryCheck.run(settings, environment)
    findings.append(KernelCheck.run())
    findings += await SandboxCheck.run(settings.sandbox)
    findings += ProgramCheck.tools(environment)
    findings.append(ClockCheck.run())
    return findings
  }
}
