import Foundation

@testable import JourneymanConfiguration

/// A configuration file in a directory of its own, removed with its last use.
final class ConfigurationFixture {
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "journeyman-configuration-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ text: String, as name: String = "agent.conf", mode: Int = 0o600) throws -> String {
    let path = directory + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }
}
