import Foundation

/// What a pipe holds when nobody is going to write to it any more.
enum PipeRemainder {
  /// Reads without ever waiting.
  ///
  /// - Returns: at most `limit` bytes.
  static func read(_ descriptor: Int32, limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: limit)
    var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while bytes.count < limit, poll(&poller, 1, 0) > 0, poller.revents & Int16(POLLIN) != 0 {
      let count = chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, limit - bytes.count) }
      if count <= 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }
}
