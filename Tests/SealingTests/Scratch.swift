import Foundation
import JourneymanSupport
import TestSupport
import Testing

/// A directory of one test, removed with everything in it when the test is over.
final class Scratch: Sendable {
  let directory: String

  init() throws {
    var template = Array("\(NSTemporaryDirectory())/journeyman-sealing-XXXXXX".utf8CString)
    directory = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit { try? FileSystem.removeTree(directory) }

  /// The path of an entry.
  func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// Makes a file.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = try FileSystem.open(path(name), flags: O_WRONLY | O_CREAT | O_TRUNC)
    try FileSystem.writeAll(bytes, to: file.number, name: name)
    return path(name)
  }

  /// The bytes of a file.
  func read(_ name: String) throws -> [UInt8] { try FileSystem.read(path(name), limit: 1 << 28) }

  /// The names of all entries, hidden ones included.
  func entries() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }
}

/// Programs that the tests hold ours against.
enum Peer {
  /// Whether a program is installed. In CI a missing one is a failure, so the tests that need it run there and fail.
  static func isAvailable(_ name: String) -> Bool {
    StandardPaths.processEnvironment["CI"] == "true" || TestProgram.find(name) != nil
  }

  /// Runs a line of the shell in which `$1`, `$2`… are the arguments.
  static func shell(_ line: String, _ arguments: String...) async throws -> TestProgram.Outcome {
    try await TestProgram.run("/bin/sh", ["-c", line, "sh"] + arguments)
  }
}
