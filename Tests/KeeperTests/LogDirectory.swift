import Foundation
import JourneymanSupport

/// A directory for the files of a log, removed when its owner goes away.
final class LogDirectory: Sendable {
  let path = NSTemporaryDirectory() + "journeyman-log-\(getpid())-\(UInt64.random(in: .min ... .max))"

  init() throws { try FileSystem.makeDirectories(path, mode: 0o700) }

  deinit { try? FileSystem.removeTree(path) }

  func read(_ name: String) throws -> String {
    String(decoding: try FileSystem.read(path + "/" + name, limit: 64 << 20), as: UTF8.self)
  }
}
