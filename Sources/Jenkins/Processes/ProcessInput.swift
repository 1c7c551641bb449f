internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport
internal import Synchronization

/// The standard input of a process, filled from the controller: by this side's asking (``run(_:)``), or as a stream that
/// the controller writes to.
final class ProcessInput: ExportedObject, IncomingStream {
  private let descriptor: Mutex<Int32?>

  private let readEnd: Mutex<Int32?>

  /// Makes the pipe.
  init() throws {
    var pipe = try JourneymanSupport.Pipe()
    descriptor = Mutex(pipe.writeEnd.take()?.release())
    readEnd = Mutex(pipe.readEnd.take()?.release())
  }

  /// The end that the process reads from, until ``closeReadEnd()``.
  var source: Int32? { readEnd.withLock { $0 } }

  /// The process has its own copy.
  func closeReadEnd() { Self.close(readEnd) }

  private static func close(_ end: borrowing Mutex<Int32?>) {
    end.withLock { number in
      if let open = number { Foundation.close(open) }
      number = nil
    }
  }

  deinit {
    closeReadEnd()
    finish()
  }

  /// Carries a stream to its end, or until the process reads no more.
  func run(_ source: RemoteInput) async {
    while !Task.isCancelled, let bytes = try? await source.next() {
      do { try await receive(bytes) } catch { break }
    }
    await source.giveBack()
    finish()
  }

  func receive(_ bytes: [UInt8]) async throws {
    guard let descriptor = descriptor.withLock({ $0 }) else { return }
    do {
      try await runBlocking { try Self.write(bytes, to: descriptor) }
    } catch let error as SystemError where error.number == EPIPE {
      // A process may end without having read everything.
      finish()
      throw error
    }
  }

  /// Writes on a thread that has no need of the signal for a pipe without a reader.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    try FileSystem.writeAll(bytes, to: descriptor, name: "the standard input of a process")
  }

  func finish() { Self.close(descriptor) }

  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput {
    throw JenkinsError(.unsupported, "a stream has no method '\(method)'")
  }

  func abandon() async { finish() }
}
