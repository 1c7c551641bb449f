import Foundation
import JourneymanSupport

/// A file of one test with content that does not repeat early, without a name.
final class TemporaryFile: Sendable {
  let descriptor: OwnedDescriptor

  init(size: Int) throws {
    let path = NSTemporaryDirectory() + "journeyman-file-\(UUID().uuidString)"
    descriptor = try FileSystem.open(path, flags: O_RDWR | O_CREAT | O_EXCL)
    unlink(path)
    var bytes = [UInt8](repeating: 0, count: size)
    bytes.withUnsafeMutableBytes { buffer in
      let words = buffer.bindMemory(to: UInt64.self)
      for at in words.indices { words[at] = UInt64(at) &* 0x9E37_79B9_7F4A_7C15 }
    }
    try FileSystem.writeAll(bytes, to: descriptor.number, name: path)
  }

  func content() throws -> [UInt8] {
    lseek(descriptor.number, 0, SEEK_SET)
    return try FileSystem.readAll(descriptor.number, limit: 1 << 28, name: "file")
  }
}
