import Foundation
public import JourneymanBuildModel
public import JourneymanJob
import JourneymanSealing
public import JourneymanSupport
import Synchronization

/// A build that a job of a controller asked for: kept here, outside of the job's sandbox, with the keys; carried out
/// there.
///
/// What the job says is untrusted: it names what to build and what to show, and gets back what came out.
public struct JobBuild: Sendable {
  private let connection: OwnedFile
  private let setup: JobSetup
  private let worker: WorkerProgram

  /// - Parameters:
  ///   - connection: to the caller.
  ///   - setup: what the agent allows.
  ///   - worker: the program that carries the build out.
  public init(_ connection: OwnedFile, _ setup: JobSetup, worker: WorkerProgram) {
    self.connection = connection
    self.setup = setup
    self.worker = worker
  }

  /// Takes the request, keeps the build, and hands over what came out.
  ///
  /// - Parameters:
  ///   - status: the exit status that a result is for the caller.
  ///   - failure: the exit status of a build that could not be begun.
  /// - Throws: `SystemError` when the caller cannot be reached.
  public func serve(status: @Sendable (BuildResult) -> Int32, failure: Int32) async throws {
    let requests = JobSocket<JobNews, JobRequest>(connection)
    guard let (request, descriptors) = try await runBlocking({ try requests.receive() }), descriptors.count == 2
    else { return }
    let news = JobSocket<JobNews, JobOrder>(connection)
    try speak(by: news)
    do {
      let (result, directory) = try await carryOut(request, room: descriptors)
      let exit = status(result)
      try await runBlocking {
        for file in try Self.files(in: directory) {
          let open = try FileSystem.open(directory + "/" + file, flags: O_RDONLY | O_NOFOLLOW)
          try news.send(.file(file), with: [open.number])
        }
        try Self.end(exit, news)
      }
    } catch {
      try FileSystem.writeAll(Array("journeyman: \(error)\n".utf8), to: STDERR_FILENO, name: "the caller's log")
      try Self.end(failure, news)
    }
  }

  /// From here on this process speaks where the caller does.
  private func speak(by news: JobSocket<JobNews, JobOrder>) throws {
    var output = try JourneymanSupport.Pipe(capacity: 1 << 20)
    var errors = try JourneymanSupport.Pipe()
    try retryingInterrupts("speak to the job") { dup2(output.writeEnd?.number ?? -1, STDOUT_FILENO) }
    try retryingInterrupts("speak to the job") { dup2(errors.writeEnd?.number ?? -1, STDERR_FILENO) }
    output.writeEnd = nil
    errors.writeEnd = nil
    try news.send(.began, with: [output.readEnd?.number ?? -1, errors.readEnd?.number ?? -1])
  }

  /// The last word, after which nothing is printed any more.
  private static func end(_ status: Int32, _ news: JobSocket<JobNews, JobOrder>) throws {
    let nothing = try FileSystem.open("/dev/null", flags: O_WRONLY)
    for number in [STDOUT_FILENO, STDERR_FILENO] {
      try retryingInterrupts("end what is said to the job") { dup2(nothing.number, number) }
    }
    try news.send(.ended(status: status))
  }

  /// The user id of the job on this machine.
  private func peer() throws -> UInt32 {
    var credentials: [UInt32] = [0, 0, 0]
    var length = socklen_t(MemoryLayout<UInt32>.size * credentials.count)
    try retryingInterrupts("learn who the job is") {
      getsockopt(connection.number, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
    }
    return credentials[1]
  }

  /// - Returns: the result, and the directory with what came out.
  private func carryOut(_ request: JobRequest, room: [OwnedFile]) async throws -> (BuildResult, String) {
    let allowance = ControllerAllowance(setup.allow)
    let build = try localBuild(request, allowance)
    var environment = BuildKeeper.Environment(
      worker: worker, secrets: SecretResolver(build.settings, allowance: allowance), executors: 1,
      display: Self.display(request.display), variables: StandardPaths.processEnvironment)
    environment.room = room
    environment.signs = allowance.allows(.identity, "signing")
    environment.shownOutput = request.output
    let output = Mutex("")
    let result = try await build.run(in: environment) { keeper, directory in
      output.withLock { $0 = directory }
      Self.listen(connection, keeper)
    }
    return (result, output.withLock { $0 })
  }

  private func localBuild(_ request: JobRequest, _ allowance: ControllerAllowance) throws -> LocalBuild {
    var settings = allowance.limited(setup.settings)
    if let limit = request.timeoutSeconds, limit.isFinite, limit > 0 {
      settings.agent.timeoutSeconds = min(settings.agent.timeoutSeconds, limit)
    }
    var build = LocalBuild(source: .directory(path: request.directory, inPlace: true), settings: settings)
    build.buildspec = request.buildspec
    build.environment = request.environment
    build.recipients = try recipients(request)
    let place = BuildRequest.Caller(
      home: request.variables["HOME"] ?? "/root", user: request.variables["USER"] ?? "root",
      revision: request.revision.map { String($0.prefix(64)) }, scripts: request.scripts, owner: try peer(),
      allow: setup.allow)
    build.caller = LocalBuild.Caller(
      place: place, variables: request.variables, name: "\(setup.controller)/\(setup.build)")
    return build
  }

  /// Artifacts are sealed for whom the caller names, else for the agent: the job cannot open them then.
  private func recipients(_ request: JobRequest) throws -> [String] {
    if !request.isSealed { return [] }
    if !request.recipients.isEmpty { return try request.recipients.map { try Recipient($0).description } }
    return try KeyDirectory.user().identities().key.prefix(1).map { $0.recipient.description }
  }

  private static func display(_ display: JobRequest.Display) -> BuildLogOptions.Display {
    switch display {
    case .people: .people
    case .quiet: .quiet
    case .json: .json
    }
  }

  /// Stops the build when the caller says so, and ends it when the caller has gone.
  private static func listen(_ connection: OwnedFile, _ keeper: BuildKeeper) {
    let orders = JobSocket<JobNews, JobOrder>(connection)
    SystemThread.startNeeded("job") {
      while let order = try? orders.receive() { if order.message == .stop { keeper.stop() } }
      keeper.stop()
      keeper.stop()
    }
  }

  /// What came out, without what is on its way to stores.
  private static func files(in directory: String) throws -> [String] {
    var files: [String] = []
    var folders = [""]
    while let folder = folders.popLast() {
      let place = try FileSystem.open(directory + "/" + folder, flags: O_RDONLY | O_DIRECTORY)
      for entry in try FileSystem.rawEntries(of: place.number, shown: directory) {
        let name = String(decoding: entry.name, as: UTF8.self)
        let path = folder.isEmpty ? name : folder + "/" + name
        if path == OutputLayout.copies || path == "decisions" { continue }
        switch entry.kind {
        case .directory: folders.append(path)
        case .file: files.append(path)
        default: break
        }
      }
    }
    return files.sorted()
  }
}
