internal import CLinux
internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport
internal import Synchronization

/// The standard input of a process, filled from the controller: by this side's asking (``run(_:)``), or as a stream that
/// the controller writes to. What the process has not read yet waits here, so that nothing else has to.
final class ProcessInput: ExportedObject, IncomingStream {
  private struct State {
    var pieces: [[UInt8]] = []
    var bytes = 0
    /// No more pieces come.
    var isComplete = false
    /// Nobody reads any more.
    var isOver = false
    /// Somebody writes, and closes the pipe afterwards.
    var isWriting = false
    var descriptor: Int32?
  }

  private let state: Mutex<State>
  private let readEnd: Mutex<Int32?>

  /// How much waits for a process at most: a controller cannot be made to wait by itself.
  private static let mostWaiting = 64 << 20

  /// Makes the pipe.
  init() throws {
    var pipe = try JourneymanSupport.Pipe()
    let writeEnd = pipe.writeEnd.take()?.release()
    if let writeEnd { _ = journeyman_set_nonblocking(writeEnd) }
    state = Mutex(State(descriptor: writeEnd))
    readEnd = Mutex(pipe.readEnd.take()?.release())
  }

  deinit {
    closeReadEnd()
    state.withLock { Self.close(&$0) }
  }

  /// The end that the process reads from, until ``closeReadEnd()``.
  var source: Int32? { readEnd.withLock { $0 } }

  /// The process has its own copy.
  func closeReadEnd() {
    readEnd.withLock { number in
      if let open = number { Foundation.close(open) }
      number = nil
    }
  }

  private static func close(_ state: inout State) {
    if let open = state.descriptor { Foundation.close(open) }
    state.descriptor = nil
  }

  /// Carries a stream to its end, or until the process reads no more.
  func run(_ source: RemoteInput) async {
    state.withLock { $0.isWriting = true }
    while !Task.isCancelled, let bytes = try? await source.next() {
      if (try? await write(bytes)) != true { break }
    }
    await source.giveBack()
    state.withLock { state in
      state.isWriting = false
      Self.close(&state)
    }
  }

  func receive(_ bytes: [UInt8]) async throws {
    let mustStart = try state.withLock { state in
      if state.isOver || state.isComplete { return false }
      if state.bytes + bytes.count > Self.mostWaiting {
        throw JenkinsError(
          .failed, "a process does not read its standard input, of which \(Self.mostWaiting) bytes wait for it")
      }
      state.pieces.append(bytes)
      state.bytes += bytes.count
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if mustStart { Task { await writeWaiting() } }
  }

  /// Writes what waits, piece by piece.
  private func writeWaiting() async {
    while true {
      let piece = state.withLock { state -> [UInt8]? in
        if !state.pieces.isEmpty, !state.isOver { return state.pieces.removeFirst() }
        state.isWriting = false
        if state.isOver || state.isComplete { Self.close(&state) }
        return nil
      }
      guard let piece else { return }
      let isTaken = (try? await write(piece)) ?? false
      state.withLock { state in
        state.bytes -= piece.count
        if !isTaken { state.isOver = true }
      }
    }
  }

  /// - Returns: whether the process took all of it.
  private func write(_ bytes: [UInt8]) async throws -> Bool {
    guard let descriptor = state.withLock({ $0.descriptor }) else { return false }
    return try await runBlocking {
      // A process may end without having read everything; that is no reason for a signal to this one.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
      var rest = bytes[...]
      while !rest.isEmpty {
        if self.state.withLock({ $0.isOver }) { return false }
        let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
          var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&entry, 1, 200)
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }

  func finish() {
    state.withLock { state in
      state.isComplete = true
      if !state.isWriting { Self.close(&state) }
    }
  }

  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput {
    throw JenkinsError(.unsupported, "a stream has no method '\(method)'")
  }

  func abandon() async {
    state.withLock { state in
      state.isOver = true
      state.pieces = []
      if !state.isWriting { Self.close(&state) }
    }
  }
}
