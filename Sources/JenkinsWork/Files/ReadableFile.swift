internal import Foundation
internal import JourneymanArtifacts
internal import JourneymanSupport

/// A regular file beneath a directory, open for reading. Links that stay beneath the directory are followed.
struct ReadableFile: ~Copyable {
  private let descriptor: OwnedDescriptor
  /// The path, for messages.
  let shown: String
  /// Bytes when it was opened.
  let size: Int64
  /// Permission bits.
  let mode: UInt32
  /// Milliseconds since 1970.
  let modified: Int64

  /// - Throws: `ArtifactError` when there is no such file, or it is a directory, pipe, socket or device.
  init(_ path: [UInt8], beneath root: Int32) throws(ArtifactError) {
    let shown = String(decoding: path, as: UTF8.self)
    let file = try Self.open(path, beneath: root, shown)
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ArtifactError(.unreadable, "\(shown) is no regular file")
    }
    self.shown = shown
    descriptor = file
    size = Int64(status.st_size)
    mode = status.st_mode & 0o777
    modified = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
  }

  private static func open(
    _ path: [UInt8], beneath root: Int32, _ shown: String
  ) throws(ArtifactError) -> OwnedDescriptor {
    do {
      return try FileSystem.openBeneath(
        root, bytes: path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY, followSymlinks: true)
    } catch {
      throw ArtifactError(.unreadable, "cannot read \(shown): \(error.reason)", underlying: error)
    }
  }

  /// Whether there is a regular file that stays beneath the directory.
  static func exists(_ path: [UInt8], beneath root: Int32) -> Bool {
    (try? ReadableFile(path, beneath: root)) != nil
  }

  /// The whole content, from where it was read to.
  func content(limit: Int) throws(ArtifactError) -> [UInt8] {
    do {
      return try FileSystem.readAll(descriptor.number, limit: limit, name: shown)
    } catch {
      throw ArtifactError(.unreadable, error.description, underlying: error)
    }
  }

  /// - Returns: how many bytes were read, 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArtifactError) -> Int {
    do {
      return try retryingInterrupts("read \(shown)") {
        Foundation.read(descriptor.number, buffer.baseAddress, buffer.count)
      }
    } catch {
      throw ArtifactError(.unreadable, error.description, underlying: error)
    }
  }
}
