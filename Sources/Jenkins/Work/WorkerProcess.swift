internal import Foundation
internal import JourneymanBuildModel
internal import JourneymanJenkinsModel
internal import JourneymanKeeper
internal import JourneymanSandbox
internal import JourneymanSupport

/// Has a process of its own do what meets archives, XML or repositories: what is hostile in them ends one request, and
/// the listener links none of their parsers.
struct WorkerProcess: Sendable {
  /// The program `journeyman`.
  let program: String

  private typealias Channel = MessageChannel<JobOrder, JobMessage>

  /// What flows while a job is done.
  struct Streams: Sendable {
    /// Gives what the job reads, `nil` at the end.
    var input: (@Sendable () async throws -> [UInt8]?)?
    /// Takes what the job writes.
    var output: (@Sendable ([UInt8]) async throws -> Void)?
    /// Takes text for the build's log.
    var log: (@Sendable (String) async throws -> Void)?
  }

  private static let chunk = 256 << 10
  /// How long a worker that was told to end may take to clean up.
  private static let patience = Duration.seconds(10)

  /// Does a job.
  ///
  /// Cancelling ends the worker. A stream that is slow makes the worker wait.
  ///
  /// - Parameters:
  ///   - directory: the directory that the job's paths are beneath, if there is one.
  ///   - temporary: the directory for its temporary files; `nil` is the usual one.
  /// - Throws: ``JenkinsError`` when the job fails or the worker dies, and what the streams throw.
  func run(_ job: WorkerJob, in directory: SharedDirectory?, _ streams: Streams = Streams(), temporary: String? = nil)
    async throws -> JobAnswer
  {
    // One that holds credentials removes them when this process dies, and ends then.
    let running = try await start(in: directory, streams, temporary, diesWithParent: !job.holdsCredentials)
    let hasDirectory = directory != nil
    return try await withTaskCancellationHandler {
      do {
        try await runBlocking { try running.channel.send(.start(job, hasDirectory: hasDirectory)) }
        let answer = try await converse(running, streams)
        _ = await running.child.wait()
        return answer
      } catch {
        Self.end(running.child)
        _ = await running.child.wait()
        try Task.checkCancellation()
        throw error
      }
    } onCancel: {
      Self.end(running.child)
    }
  }

  /// A worker and this side's ends of what connects it.
  private struct Running: Sendable {
    let child: ChildProcess
    let channel: Channel
    /// Gives what it writes.
    let source: WorkerEnd
    /// Takes what it reads.
    let sink: WorkerEnd
  }

  private func start(
    in directory: SharedDirectory?, _ streams: Streams, _ temporary: String?, diesWithParent: Bool
  ) async throws -> Running {
    var environment = WorkerProgram.environment(of: StandardPaths.processEnvironment)
    environment["TMPDIR"] = temporary ?? environment["TMPDIR"]
    var control = try SocketPair()
    guard let near = control.first.take(), let far = control.second.take() else {
      throw SystemError("talk to a worker", number: EBADF)
    }
    let channel = Channel(socket: near)
    let theirs = WorkerEnd(far.release())
    let input = try Ends(SocketPair())
    let output = try Ends(JourneymanSupport.Pipe(capacity: 1 << 20))
    let passing = [theirs.number] + (directory.map { [$0.number] } ?? [])
    let child: ChildProcess
    do {
      child = try await ChildProcess.start(
        ChildProcess.Configuration(
          executable: program, arguments: ["jenkins-worker"],
          environment: environment,
          standardInput: streams.input == nil ? nil : input.theirs.number,
          standardOutput: streams.output == nil ? nil : output.theirs.number, standardError: STDERR_FILENO,
          passing: passing, diesWithParent: diesWithParent))
    } catch {
      throw JenkinsError(
        .failed, "the agent's worker (\(program)) could not be started: \(error); install both programs together")
    }
    // The worker has its own copies; those here go now, so that its end is the end of what it writes.
    withExtendedLifetime((theirs, input.theirs, output.theirs, directory)) {}
    return Running(
      child: child, channel: channel, source: output.ours, sink: input.ours)
  }

  /// Both ends of a connection. The worker's is closed here when this value goes.
  private struct Ends {
    let ours: WorkerEnd
    let theirs: WorkerEnd

    init(_ pair: consuming SocketPair) {
      ours = WorkerEnd(pair.first.take()?.release() ?? -1)
      theirs = WorkerEnd(pair.second.take()?.release() ?? -1)
    }

    init(_ pipe: consuming JourneymanSupport.Pipe) {
      ours = WorkerEnd(pipe.readEnd.take()?.release() ?? -1)
      theirs = WorkerEnd(pipe.writeEnd.take()?.release() ?? -1)
    }
  }

  private static func end(_ child: ChildProcess) {
    child.signal(SIGTERM)
    let killing = Task {
      try await Task.sleep(for: patience)
      child.signal(SIGKILL)
    }
    Task {
      _ = await child.wait()
      killing.cancel()
    }
  }

  /// Carries the streams and listens to the worker's end.
  private func converse(_ running: Running, _ streams: Streams) async throws -> JobAnswer {
    try await withThrowingTaskGroup(of: JobAnswer?.self) { group in
      if let input = streams.input {
        group.addTask {
          try await Self.feed(running.sink, from: input)
          return nil
        }
      }
      group.addTask {
        let carrying = Task { try await Self.carry(from: running.source, to: streams.output) }
        do {
          let answer = try await Self.listen(running.channel, running.child, streams.log)
          // The answer counts once all output has been carried, which ends with the worker.
          try await carrying.value
          return answer
        } catch {
          carrying.cancel()
          throw error
        }
      }
      defer { group.cancelAll() }
      while let answer = try await group.next() {
        if let answer { return answer }
      }
      throw JenkinsError(.failed, "the agent's worker gave no answer")
    }
  }

  private static func carry(from end: WorkerEnd, to output: (@Sendable ([UInt8]) async throws -> Void)?) async throws {
    guard let output else { return }
    while true {
      let bytes = try await runBlocking { try end.read(chunk) }
      if bytes.isEmpty { return }
      try await output(bytes)
    }
  }

  /// A worker that has read enough does not take the rest.
  private static func feed(
    _ end: WorkerEnd, from input: @escaping @Sendable () async throws -> [UInt8]?
  ) async throws {
    while let bytes = try await input() {
      let isTaken = try await runBlocking { try end.send(bytes) }
      if !isTaken { return }
    }
    end.finish()
  }

  private static func listen(
    _ channel: Channel, _ child: ChildProcess, _ log: (@Sendable (String) async throws -> Void)?
  ) async throws -> JobAnswer {
    while let message = try await runBlocking({ try channel.receive() }) {
      switch message {
      case .log(let text): try await log?(text)
      case .done(let answer): return answer
      case .failed(let reason): throw JenkinsError(.failed, reason)
      }
    }
    let status = await child.wait().status
    throw JenkinsError(.failed, "the agent's worker for this request \(how(status)), before it had an answer")
  }

  private static func how(_ status: ExitStatus) -> String {
    switch status {
    case .exited(let number): "ended with exit status \(number)"
    case .signaled(let signal): "was ended by signal \(signal)"
    }
  }
}

/// This side's end of a stream of a worker.
private final class WorkerEnd: Sendable {
  /// The descriptor's number.
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  /// - Returns: no bytes at the end.
  func read(_ count: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let received = try retryingInterrupts("read from a worker") { Foundation.read(number, &buffer, count) }
    return Array(buffer[..<received])
  }

  /// - Returns: whether anybody was there to take them.
  func send(_ bytes: [UInt8]) throws -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EPIPE || errno == ECONNRESET {
        return false
      } else if errno != EINTR {
        throw SystemError("write to a worker")
      }
    }
    return true
  }

  /// No more bytes will be sent.
  func finish() { shutdown(number, Int32(SHUT_WR)) }
}
