import Foundation
import JourneymanSupport
import Testing

/// Another program that the tests hold ours against.
enum Peer {
  /// Whether a program is installed. In CI a missing one is a failure, so the tests that need it run there and fail.
  static func isAvailable(_ name: String) -> Bool {
    if ProcessInfo.processInfo.environment["CI"] == "true" { return true }
    return path(of: name) != nil
  }

  /// What a program that ran to its end has left.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Runs a program with files or `/dev/null` for its standard streams.
  static func run(
    _ arguments: [String], input: String = "/dev/null", output: String? = nil, environment: [String: String]? = nil
  ) throws -> Outcome {
    let program = try #require(path(of: arguments[0]), "\(arguments[0]) is not installed")
    let scratch = try Scratch()
    let outputPath = output ?? scratch.path("output")
    let errorPath = scratch.path("errors")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let variables = environment ?? ProcessInfo.processInfo.environment
    var child = pid_t()
    let result = withCStrings([program] + arguments.dropFirst()) { argv in
      withCStrings(variables.map { "\($0)=\($1)" }) { envp in
        posix_spawn(&child, program, &actions, nil, argv, envp)
      }
    }
    try #require(result == 0, "cannot start \(program)")
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return Outcome(
      status: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f),
      output: output == nil ? String(decoding: try FileSystem.read(outputPath, limit: 1 << 24), as: UTF8.self) : "",
      errors: String(decoding: try FileSystem.read(errorPath, limit: 1 << 20), as: UTF8.self))
  }

  private static func path(of name: String) -> String? {
    let directories = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return directories.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  private static func withCStrings<Value>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
  ) -> Value {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
  }
}

/// A directory of one test, removed with everything in it when the test is over.
final class Scratch {
  let directory: String

  init() throws {
    var template = Array("\(NSTemporaryDirectory())/journeyman-test-XXXXXX".utf8CString)
    directory = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit { try? FileSystem.removeTree(directory) }

  /// The path of an entry.
  func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// Makes a file.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try FileSystem.writeAtomically(bytes, to: path(name), mode: 0o600)
    return path(name)
  }
}
