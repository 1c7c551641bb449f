import Foundation
public import JourneymanBuildModel
public import JourneymanSupport

/// A build on this machine without a server: what `journeyman run` carries out.
public struct LocalBuild: Sendable {
  /// Where the source comes from.
  public var source: BuildRequest.Source
  /// The buildspec's path, if it is not the default one.
  public var buildspec: String?
  /// Variables given from outside.
  public var environment: [String: String] = [:]
  /// Where the output goes; `nil` is a new directory in the work directory.
  public var output: String?
  /// The public keys that artifacts are sealed for; empty leaves them open.
  public var recipients: [String] = []
  /// The job that asked for it, if one did.
  public var caller: Caller?
  /// What agent.conf and the command line say.
  public var settings: Settings

  /// Who asks for a build from inside a controller's job.
  public struct Caller: Sendable {
    /// Where commands run.
    public var place: BuildRequest.Caller
    /// The caller's variables.
    public var variables: [String: String]
    /// Who asked, for the build's initiator.
    public var name: String

    /// Describes a caller.
    public init(place: BuildRequest.Caller, variables: [String: String], name: String) {
      self.place = place
      self.variables = variables
      self.name = name
    }
  }

  /// A build of a source.
  public init(source: BuildRequest.Source, settings: Settings) {
    self.source = source
    self.settings = settings
  }

  /// Carries the build out, stopping it on `SIGINT`, `SIGTERM` and `SIGHUP`: the first signal gracefully, the second
  /// at once.
  ///
  /// - Parameter environment: the worker, the secrets and what standard output shows.
  /// - Returns: the result, which also stands in `result.json`.
  /// - Throws: ``KeeperError`` when the work or output directory cannot be used.
  public func run(in environment: BuildKeeper.Environment) async throws -> BuildResult {
    try await run(in: environment) { _, _ in }
  }

  /// As ``run(in:)``, and tells what is made on the way.
  ///
  /// - Parameter whenBegun: gets the keeper, which stops the build, and the output directory.
  func run(
    in environment: BuildKeeper.Environment, _ whenBegun: (BuildKeeper, _ output: String) -> Void
  ) async throws -> BuildResult {
    let work = WorkDirectory(path: settings.agent.workdir ?? StandardPaths.stateDirectory(environment.variables))
    let lock = try lockInPlace()
    defer { withExtendedLifetime(lock) {} }
    let slot = try work.begin(project: project)
    var request = request(for: slot, variables: environment.variables)
    request.sourcesDirectory = work.sources
    let keeper = BuildKeeper(request, in: environment)
    whenBegun(keeper, request.outputDirectory)
    let signals = Task {
      for await _ in SignalWatch.stream([SIGINT, SIGTERM, SIGHUP]) { keeper.stop() }
    }
    defer { signals.cancel() }
    do {
      let result = try await keeper.run()
      work.end(slot)
      await Retention(work, settings.agent).runIfDue()
      return result
    } catch {
      work.end(slot)
      throw error
    }
  }

  /// The source's own name, made of characters that are safe in a path and in a variable.
  var project: String {
    let path =
      switch source {
      case .directory(let path, _): path
      case .repository(let url, _): URLLogin.removed(from: url)
      }
    var name = path.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? "build"
    if name.hasSuffix(".git") { name.removeLast(4) }
    let safe = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
    let trimmed = String(safe).drop { $0 == "." || $0 == "-" }.prefix(100)
    return trimmed.isEmpty ? "build" : String(trimmed)
  }

  private func request(for slot: borrowing WorkDirectory.Slot, variables: [String: String]) -> BuildRequest {
    let cache = StandardPaths.cacheDirectory(variables)
    var request = BuildRequest(
      id: slot.id, number: slot.number, project: project,
      initiator: caller?.name ?? variables["USER"] ?? StandardPaths.userName(),
      source: source,
      stateDirectory: slot.directory, outputDirectory: output ?? slot.output,
      cacheDirectory: cache + "/projects/" + project, settings: settings)
    request.buildspec = buildspec
    request.environment = environment
    request.inherited = Self.inherited(caller?.variables ?? variables)
    request.caller = caller?.place
    let granted = Set(settings.plugins.grants.flatMap(\.environment))
    request.pluginEnvironment = variables.filter { granted.contains($0.key) }
    request.recipients = recipients
    return request
  }

  /// Two builds in place of one directory would meet in its files: the second is refused.
  private func lockInPlace() throws -> DirectoryLock? {
    guard caller == nil, case .directory(let path, true) = source else { return nil }
    return try DirectoryLock(path)
  }

  /// The caller's variables that a build sees (`DESIGN.md` §3): where programs are, language, time zone, terminal and
  /// proxies.
  static func inherited(_ variables: [String: String]) -> [String: String] {
    var inherited = variables.filter { name, _ in
      ["PATH", "LANG", "LANGUAGE", "TZ", "TERM"].contains(name) || name.hasPrefix("LC_")
        || ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"].contains(name.lowercased())
    }
    inherited["PATH"] = inherited["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return inherited
  }
}

/// An exclusive lock on a directory, for as long as this object lives.
private final class DirectoryLock: Sendable {
  private let descriptor: OwnedDescriptor

  init(_ path: String) throws {
    descriptor = try FileSystem.open(path, flags: O_RDONLY | O_DIRECTORY)
    if flock(descriptor.number, LOCK_EX | LOCK_NB) != 0 {
      throw KeeperError(.state, "another build runs in place in \(path); wait for it or build without --in-place")
    }
  }
}
