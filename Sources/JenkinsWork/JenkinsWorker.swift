internal import Foundation
internal import JourneymanBuildModel
internal import JourneymanJenkinsModel
public import JourneymanSupport
internal import Synchronization

/// The process that does one job for the listener of a Jenkins agent.
public enum JenkinsWorker {
  private typealias Channel = MessageChannel<JobMessage, JobOrder>

  /// The descriptor of the job's directory.
  private static let directory: Int32 = 4

  /// Takes the job, does it, and says what came of it.
  ///
  /// - Parameter socket: connected to the listener.
  /// - Returns: `false` when nobody gave it a job.
  public static func serve(socket: consuming OwnedDescriptor) async -> Bool {
    let channel = Channel(socket: socket)
    guard let message = try? await runBlocking({ try channel.receive() }) else { return false }
    switch message {
    case .start(let job, let hasDirectory):
      let root = hasDirectory ? directory : nil
      let outcome: JobMessage
      do {
        outcome = .done(try await carryOut(job, beneath: root, channel))
      } catch {
        outcome = .failed("\(error)")
      }
      try? await runBlocking { try channel.send(outcome) }
      return true
    }
  }

  private static func carryOut(_ job: WorkerJob, beneath root: Int32?, _ channel: Channel) async throws -> JobAnswer {
    let stop = Stop()
    switch job {
    case .git(let job):
      guard let root else { throw SystemError("find \(job.directory)", number: ENOENT) }
      let work = GitWork(job: job, root: root) { text in try? channel.send(.log(text)) }
      return try await stoppably(stop, channel, last: { Self.empty(job.scratch) }) {
        // The listener removes it too, unless it was killed.
        defer { Self.empty(job.scratch) }
        return try work.run { stop.whenAsked($0) }
      }
    case .unpack:
      // Without the rest of the archive, the file that it was in the middle of is removed.
      stop.whenAsked { shutdown(STDIN_FILENO, Int32(SHUT_RDWR)) }
      return try await stoppably(stop, channel) { try carryOut(job, beneath: root) }
    default: return try await runBlocking { try carryOut(job, beneath: root) }
    }
  }

  /// Does what can be asked to end: what was begun is cleaned up first.
  ///
  /// - Parameter last: is done when it does not come to an end.
  private static func stoppably<Answer: Sendable>(
    _ stop: Stop, _ channel: Channel, last: @escaping @Sendable () -> Void = {},
    _ work: @escaping @Sendable () throws -> Answer
  ) async throws -> Answer {
    // A signal asks for the end.
    let watch = Task { for await _ in SignalWatch.stream([SIGTERM, SIGINT]) { stop.now() } }
    // So does the end of the listener, which says nothing more once the job has begun. Nobody is left then to kill a
    // worker that does not come to an end.
    let end = Task {
      while (try? await runBlocking { try channel.receive() }) ?? nil != nil {}
      stop.now()
      try await Task.sleep(for: patience)
      last()
      exit(1)
    }
    defer {
      watch.cancel()
      end.cancel()
    }
    return try await runBlocking(work)
  }

  /// How long a job may take to end after its listener did.
  private static let patience = Duration.seconds(10)

  private static func empty(_ directory: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
      try? FileSystem.removeTree(directory + "/" + name)
    }
  }

  /// - Parameter root: the directory; `nil` when there is none.
  private static func carryOut(_ job: WorkerJob, beneath root: Int32?) throws -> JobAnswer {
    switch job {
    case .pack(let job):
      return .count(
        try Packing(job: job, root: root).run(into: DescriptorSink(STDOUT_FILENO, name: "the controller's stream")))
    case .unpack(let job):
      guard let root else { throw SystemError("unpack without a directory", number: ENOENT) }
      return .count(try Unpacking(job: job, root: root).run(from: STDIN_FILENO))
    case .list(let selection):
      guard let root else { return .names([]) }
      return .names(
        try FileScan(selection, beneath: root).run().compactMap { String(validating: $0.path, as: UTF8.self) })
    case .fingerprint(let selection):
      return .fingerprints(try root.map { try Fingerprints.find(selection, beneath: $0) } ?? [])
    case .git(let job): throw SystemError("work on \(job.directory) here", number: EINVAL)
    case .testReports(let job):
      return .suites(try root.flatMap { try TestReports(job: job, root: $0).read() })
    case .unmatched(let patterns, let isCaseSensitive):
      guard let root else { return .names(patterns) }
      return .names(
        try patterns.filter {
          try FileScan(FileSelection(includes: [$0], isCaseSensitive: isCaseSensitive), beneath: root).run().isEmpty
        })
    }
  }
}

/// Stops work that may not have begun yet.
private final class Stop: Sendable {
  private struct State {
    var isAsked = false
    var action: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  func whenAsked(_ action: @escaping @Sendable () -> Void) {
    let isAsked = state.withLock { state in
      state.action = action
      return state.isAsked
    }
    if isAsked { action() }
  }

  func now() {
    let action = state.withLock { state in
      state.isAsked = true
      return state.action
    }
    action?()
  }
}
