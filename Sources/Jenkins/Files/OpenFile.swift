internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSupport
internal import Synchronization

/// A file that is read piece by piece.
final class OpenFile: Sendable {
  private let descriptor: Int32
  private let path: String

  init(_ file: consuming OwnedDescriptor, _ path: String) {
    descriptor = file.release()
    self.path = path
  }

  deinit { close(descriptor) }

  /// - Returns: no bytes at the end.
  func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let received = try retryingInterrupts("read \(path)") { pread(descriptor, &buffer, count, off_t(offset)) }
    return Array(buffer[..<received])
  }
}

/// A file that the controller fills through a stream.
final class IncomingFile: ExportedObject, IncomingStream {
  private let descriptor: Mutex<Int32?>
  private let path: String

  init(_ file: consuming OwnedDescriptor, _ path: String) {
    descriptor = Mutex(file.release())
    self.path = path
  }

  deinit { finish() }

  func receive(_ bytes: [UInt8]) async throws {
    guard let descriptor = descriptor.withLock({ $0 }) else { return }
    let path = path
    try await runBlocking { try FileSystem.writeAll(bytes, to: descriptor, name: path) }
  }

  func finish() {
    descriptor.withLock { descriptor in
      if let descriptor { close(descriptor) }
      descriptor = nil
    }
  }

  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput {
    throw JenkinsError(.unsupported, "a file has no method '\(method)'")
  }

  func abandon() async { finish() }
}
