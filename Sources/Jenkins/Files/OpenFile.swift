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

/// A file that the controller fills through a stream. One that does not come whole is removed: nobody is to take it for
/// the one that was meant.
final class IncomingFile: ExportedObject, IncomingStream {
  private let descriptor: Mutex<Int32?>
  private let path: String
  private let files: NodeFiles

  /// Makes the file for its owner alone.
  init(_ path: String, _ files: NodeFiles) throws {
    descriptor = Mutex(try files.create(path, mode: 0o600).release())
    self.path = path
    self.files = files
  }

  deinit { finish() }

  func receive(_ bytes: [UInt8]) async throws {
    guard let descriptor = descriptor.withLock({ $0 }) else { return }
    let path = path
    do {
      try await runBlocking { try FileSystem.writeAll(bytes, to: descriptor, name: path) }
    } catch {
      await abandon()
      throw error
    }
  }

  func finish() { _ = close() }

  /// - Returns: whether it was open.
  private func close() -> Bool {
    descriptor.withLock { descriptor in
      defer { descriptor = nil }
      return descriptor.map { Foundation.close($0) } != nil
    }
  }

  func invoke(_ method: String, _ arguments: [JavaValue], _ call: Call) async throws -> JavaOutput {
    throw JenkinsError(.unsupported, "a file has no method '\(method)'")
  }

  func abandon() async {
    guard close() else { return }
    let (path, files) = (path, files)
    try? await runBlocking { try files.remove(path) }
  }
}
