import Foundation
import JourneymanBuildModel
import JourneymanCheckout
import JourneymanCommandLine
import JourneymanJob
import JourneymanKeeper
import JourneymanSupport

/// `journeyman run` inside a controller's job.
extension RunCommand {
  /// Inside a controller's job the agent keeps the build: what agent.conf allows the job is used there, unseen.
  static func runInJob(
    _ arguments: ParsedArguments, _ place: String, _ variables: [String: String]
  ) async throws -> ProgramStatus {
    let isSetByAgent =
      try arguments[RunArguments.sandbox] != nil || arguments[RunArguments.network] != nil
      || arguments[RunArguments.configuration] != nil
    if isSetByAgent {
      throw CommandLineError(
        .conflict, "inside a controller's job the agent's settings hold: '--sandbox', '--network' and '--config' do not"
      )
    }
    guard case .directory(let directory, let isInPlace) = try source(arguments) else {
      throw CommandLineError(
        .conflict, "'--source' does not go inside a controller's job: have the job check out, or use 'journeyman clone'"
      )
    }
    let named = try namedRecipients(arguments)
    let environment = try environment(arguments)
    let buildspec = try arguments[RunArguments.buildspec].map { try relative($0, to: directory) }
    let (display, timeout) = (try display(arguments), try arguments[RunArguments.timeout]?.seconds)
    let output =
      try arguments[RunArguments.output].map(absolute)
      ?? StandardPaths.stateDirectory(variables) + "/builds/\(UUID().uuidString.lowercased())"
    let revision = await Checkout.headCommit(of: directory)
    let build = JobCaller.Build(directory: directory, isInPlace: isInPlace, output: output) { request in
      request.revision = revision
      request.buildspec = buildspec
      request.environment = environment
      request.variables = variables
      request.recipients = named ?? []
      request.isSealed = named != []
      request.display = display == .json ? .json : display == .quiet ? .quiet : .people
      request.timeoutSeconds = timeout
    }
    let status = try await JobCaller(place).run(build)
    return ProgramStatus(rawValue: status) ?? .infrastructure
  }

  /// The buildspec of a job is one of its sources.
  private static func relative(_ path: String, to directory: String) throws -> String {
    if !path.hasPrefix("/") { return path }
    let full = absolute(path)
    guard full.hasPrefix(directory + "/") else {
      throw CommandLineError(
        .invalidValue, "inside a controller's job the buildspec has to be beneath the directory that is built")
    }
    return String(full.dropFirst(directory.count + 1))
  }
}
