import Foundation
import JourneymanBuildModel
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanJob
import JourneymanKeeper
import JourneymanSealing
import JourneymanSupport

/// `journeyman run`: a build on this machine, without a server.
enum RunCommand {
  static let definition = CommandDefinition(
    "run", summary: "Run a buildspec on this machine.", discussion: RunArguments.discussion,
    arguments: RunArguments.all, usage: RunArguments.usage, examples: RunArguments.examples, action: run)

  private static let run: CommandDefinition.Action = { arguments in
    let variables = StandardPaths.processEnvironment
    if let place = variables[JobPlace.variable] { return try await runInJob(arguments, place, variables) }
    let build = try localBuild(arguments, variables)
    let environment = BuildKeeper.Environment(
      worker: WorkerProgram(executable: try ProgramPath.own(), arguments: ["worker"]),
      secrets: SecretResolver(build.settings), executors: build.settings.agent.executors,
      display: try display(arguments), variables: variables)
    return try await build.run(in: environment).programStatus
  }

  private static func localBuild(_ arguments: ParsedArguments, _ variables: [String: String]) throws -> LocalBuild {
    var settings = try ConfigurationFile.load(explicit: arguments[RunArguments.configuration])
    if let mode = try arguments[RunArguments.sandbox] { settings.sandbox.mode = mode }
    if let network = try arguments[RunArguments.network] { settings.sandbox.network = network == .on }
    if let timeout = try arguments[RunArguments.timeout] { settings.agent.timeoutSeconds = timeout.seconds }
    var build = LocalBuild(source: try source(arguments), settings: settings)
    build.buildspec = try arguments[RunArguments.buildspec]
    build.environment = try environment(arguments)
    build.recipients = try recipients(arguments, variables)
    build.output = try arguments[RunArguments.output].map(absolute)
    return build
  }

  static func environment(_ arguments: ParsedArguments) throws -> [String: String] {
    var environment: [String: String] = [:]
    if let file = try arguments[RunArguments.environmentFile] { environment = try EnvironmentFile.read(file) }
    for assignment in try arguments[RunArguments.environment] { environment[assignment.name] = assignment.value }
    return environment
  }

  /// Artifacts are sealed unless that is switched off: for the keys that are named, else for the user's own.
  private static func recipients(_ arguments: ParsedArguments, _ variables: [String: String]) throws -> [String] {
    if let named = try namedRecipients(arguments) { return named }
    let identities = try KeyDirectory.user(variables).identities()
    if identities.isNew {
      SealingCommand.report(
        "artifacts are sealed for your new identity in \(identities.path); keep a copy of it, nothing else opens them")
    }
    return identities.key.prefix(1).map { $0.recipient.description }
  }

  /// The keys that are named, none when artifacts stay open; `nil` when nothing is said.
  static func namedRecipients(_ arguments: ParsedArguments) throws -> [String]? {
    let named = try arguments[RunArguments.recipients]
    if try arguments[RunArguments.unsealed] {
      if !named.isEmpty { throw CommandLineError(.conflict, "'--unsealed' and '--recipient' exclude each other") }
      return []
    }
    if named.isEmpty { return nil }
    do {
      return try named.map { try Recipient($0).description }
    } catch {
      throw CommandLineError(.invalidValue, "option '--recipient': \(error)")
    }
  }

  static func source(_ arguments: ParsedArguments) throws -> BuildRequest.Source {
    let (directory, url) = (try arguments[RunArguments.directory], try arguments[RunArguments.source])
    let (ref, inPlace) = (try arguments[RunArguments.ref], try arguments[RunArguments.inPlace])
    if let url {
      if directory != nil { throw CommandLineError(.conflict, "give either DIR or '--source', not both") }
      if inPlace { throw CommandLineError(.conflict, "'--in-place' builds in DIR and cannot go with '--source'") }
      return .repository(url: url, ref: ref)
    }
    if ref != nil { throw CommandLineError(.conflict, "'--ref' needs '--source'") }
    let path = absolute(directory ?? ".")
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw CommandFailure(.usage, "\(path) is not a directory; name the directory to build")
    }
    return .directory(path: path, inPlace: inPlace)
  }

  static func display(_ arguments: ParsedArguments) throws -> BuildLogOptions.Display {
    if try arguments[RunArguments.json] { return .json }
    return try arguments[RunArguments.quiet] ? .quiet : .people
  }

  /// The canonical path, so that a build in a linked directory and one in its target are the same project.
  static func absolute(_ path: String) -> String {
    let full = StandardPaths.resolve(path, relativeTo: FileManager.default.currentDirectoryPath)
    return URL(fileURLWithPath: full).standardizedFileURL.resolvingSymlinksInPath().path
  }
}

extension BuildResult {
  /// The exit status that tells a script how the build ended.
  var programStatus: ProgramStatus {
    switch status {
    case .succeeded: .success
    case .timedOut: .timedOut
    case .stopped: .interrupted
    case .fault: .infrastructure
    case .failed: hasWrongBuildspec ? .usage : .buildFailed
    }
  }

  private var hasWrongBuildspec: Bool {
    phases.contains { $0.name == .downloadSource && $0.status == .failed }
  }
}
