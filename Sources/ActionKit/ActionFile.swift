internal import Foundation
internal import JourneymanSupport

/// A regular file, open for reading. Closed with the last reference.
public final class ActionFile: Sendable {
  /// The file's path as it was asked for.
  public let path: String
  /// Its size in bytes when it was opened.
  public let size: Int64
  /// Whether its owner may execute it.
  public let isExecutable: Bool
  /// The open descriptor, for streaming parsers and the like; never close it.
  public var descriptor: Int32 { file.number }

  private let file: OwnedDescriptor

  /// - Throws: ``PluginError`` when it is no regular file.
  init(_ file: consuming OwnedDescriptor, path: String) throws(PluginError) {
    var status = stat()
    if fstat(file.number, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      throw PluginError(.file, "\(path) is no regular file")
    }
    self.path = path
    size = Int64(status.st_size)
    isExecutable = status.st_mode & S_IXUSR != 0
    self.file = file
  }

  /// Reads up to so many bytes from a place of the file. Blocks.
  ///
  /// - Returns: fewer bytes only at the end of the file.
  /// - Throws: ``PluginError``
  public func bytes(at offset: Int64, count: Int) throws(PluginError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let start = filled
      let result = bytes.withUnsafeMutableBytes { buffer in
        pread(file.number, buffer.baseAddress.map { $0 + start }, count - start, off_t(offset) + off_t(start))
      }
      if result == 0 { break }
      if result > 0 {
        filled += result
      } else if errno != EINTR {
        let error = SystemError("read \(path)")
        throw PluginError(.file, "\(error)", underlying: error)
      }
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// Reads the whole file on a thread of its own.
  ///
  /// - Throws: ``PluginError`` when it is longer than `limit` bytes.
  public func contents(limit: Int) async throws -> [UInt8] {
    try await runBlocking { [self] in
      if size > limit { throw PluginError(.file, "\(path) has \(size) bytes; at most \(limit) are read") }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(Int(size))
      while true {
        let next = try self.bytes(at: Int64(bytes.count), count: min(1 << 20, limit + 1 - bytes.count))
        if next.isEmpty { return bytes }
        bytes += next
        if bytes.count > limit { throw PluginError(.file, "\(path) grew beyond \(limit) bytes while it was read") }
      }
    }
  }
}
