internal import Foundation
internal import JourneymanSupport

/// `journeyman run` inside a controller's job: the agent keeps the build and its keys, this process carries the commands
/// out, where it is itself: in the job's sandbox.
public struct JobCaller: Sendable {
  private let place: String
  /// How long an agent that is being restarted is waited for.
  private let patience: Duration

  /// - Parameters:
  ///   - place: the directory with the job's socket, which ``JobPlace/variable`` names.
  ///   - patience: how long an agent that does not listen is waited for.
  public init(_ place: String, patience: Duration = .seconds(20)) {
    self.place = place
    self.patience = patience
  }

  /// What is to be built.
  public struct Build: Sendable {
    /// The directory, absolute.
    public var directory: String
    /// Whether the build works in it, rather than in a copy.
    public var isInPlace: Bool
    /// Where what comes out is put, an absolute path; made when missing.
    public var output: String
    /// Fills the rest of the request in.
    public var complete: @Sendable (inout JobRequest) -> Void

    /// Describes a build.
    public init(
      directory: String, isInPlace: Bool, output: String, complete: @escaping @Sendable (inout JobRequest) -> Void
    ) {
      self.directory = directory
      self.isInPlace = isInPlace
      self.output = output
      self.complete = complete
    }
  }

  /// Has a directory built, and stops the build on `SIGINT`, `SIGTERM` and `SIGHUP`: the first signal gracefully, the
  /// second at once.
  ///
  /// - Returns: the exit status.
  /// - Throws: ``JobError`` when the agent cannot be reached or goes away.
  public func run(_ build: Build) async throws -> Int32 {
    let connection = try await connect()
    let scratch = try Scratch()
    defer { scratch.remove() }
    var directory = build.directory
    if !build.isInPlace {
      directory = scratch.path + "/source"
      let (from, to) = (build.directory, directory)
      do {
        _ = try await runBlocking { try FileSystem.copyTree(from: from, to: to) }
      } catch {
        throw JobError(.system, "the source could not be copied: \(error)", underlying: error)
      }
    }
    var request = JobRequest(directory: directory, scripts: scratch.scripts, output: build.output)
    build.complete(&request)
    let (near, far) = try DescriptorMessages.pair()
    let room = Room(near)
    let scripts = try FileSystem.open(scratch.scripts, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    do {
      try JobSocket<JobRequest, JobNews>(connection).send(
        request, with: [far.number, scripts.number])
    } catch {
      throw JobError(.agentLost, "the agent does not take the build: \(error)", underlying: error)
    }
    let served = Task { try? await runBlocking { room.serve() } }
    let orders = JobSocket<JobOrder, JobNews>(connection)
    let signals = Task {
      for await _ in SignalWatch.stream([SIGINT, SIGTERM, SIGHUP]) { try? orders.send(.stop) }
    }
    defer { signals.cancel() }
    let output = build.output
    let status = try? await runBlocking { try Self.follow(orders, into: output) }
    await room.end()
    await served.value
    guard let status = status.flatMap({ $0 }) else {
      throw JobError(
        .agentLost, "the agent that runs this job has gone, and the build with it; its log says why")
    }
    return status
  }

  /// Takes in what comes out, until the build is over.
  ///
  /// - Returns: the exit status; `nil` when the agent's side went away before.
  private static func follow(_ connection: JobSocket<JobOrder, JobNews>, into output: String) throws -> Int32? {
    try FileSystem.makeDirectories(output)
    let printing = DispatchGroup()
    while let (news, descriptors) = try connection.receive() {
      switch news {
      case .began:
        for (source, target) in zip(descriptors, [STDOUT_FILENO, STDERR_FILENO]) {
          printing.enter()
          SystemThread.startNeeded("output") {
            passOn(source, to: target)
            printing.leave()
          }
        }
      case .ended(let status):
        printing.wait()
        return status
      case .file(let path):
        guard let file = descriptors.first else { continue }
        let target = output + "/" + path
        try FileSystem.makeDirectories(PathName.directory(of: target))
        let copy = try FileSystem.open(target, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
        try FileSystem.copyContent(from: file.number, to: copy.number, name: target)
      }
    }
    return nil
  }

  private static func passOn(_ source: OwnedFile, to target: Int32) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while let count = try? retryingInterrupts("read", { read(source.number, &buffer, buffer.count) }), count > 0 {
      // Whoever does not want the output any more does not end the build.
      try? FileSystem.writeAll(Array(buffer[..<count]), to: target, name: "the output")
    }
  }

  private func connect() async throws -> OwnedFile {
    let deadline = ContinuousClock.now + patience
    while true {
      do {
        return OwnedFile(try LocalSocket.connect(in: place))
      } catch {
        let mayCome = error.number == ECONNREFUSED || error.number == ENOENT || error.number == EAGAIN
        guard mayCome, ContinuousClock.now < deadline else {
          throw JobError(
            .agentLost, "the agent that runs this job does not answer in \(place): \(error)", underlying: error)
        }
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }
}

/// The caller's own directory for one build.
private struct Scratch {
  let path: String
  /// Where the build's state is carried from command to command.
  var scripts: String { path + "/state" }

  init() throws {
    let base = StandardPaths.processEnvironment["TMPDIR"] ?? "/tmp"
    do throws(SystemError) {
      path = try FileSystem.makeTemporaryDirectory(base + "/journeyman-run")
    } catch {
      throw JobError(.system, "\(error); set TMPDIR to a directory that can be written", underlying: error)
    }
    try FileSystem.makeDirectories(scripts, mode: 0o700)
    for name in JobPlace.stateFiles { _ = try FileSystem.open(scripts + "/" + name, flags: O_WRONLY | O_CREAT) }
  }

  func remove() { try? FileSystem.removeTree(path) }
}
