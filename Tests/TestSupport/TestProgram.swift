import Foundation
import JourneymanSandbox
public import JourneymanSupport

/// Programs that tests run: peers of the machine and our own.
public enum TestProgram {
  /// What a program did.
  public struct Outcome: Sendable {
    /// How it ended; 128 plus the signal when one ended it.
    public let status: Int32
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let errors: String
  }

  /// The directory that SwiftPM builds our programs into: that of the test bundle.
  public static var products: String {
    get throws {
      (try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString)
        .deletingLastPathComponent
    }
  }

  /// Finds a program on the search path; `nil` when the machine lacks it.
  public static func find(_ name: String) -> String? {
    let path = StandardPaths.processEnvironment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Runs a program to its end, without a terminal and without standard input.
  ///
  /// - Parameters:
  ///   - executable: an absolute path.
  ///   - environment: the whole environment.
  ///   - timeout: a guard against hanging; the program is killed and the outcome says so by its status.
  public static func run(
    _ executable: String, _ arguments: [String], environment: [String: String] = StandardPaths.processEnvironment,
    directory: String = "/", timeout: Duration = .seconds(120)
  ) async throws -> Outcome {
    let scratch = NSTemporaryDirectory() + "journeyman-test-\(UUID().uuidString)"
    try FileSystem.makeDirectories(scratch)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let output = try FileSystem.open(scratch + "/output", flags: O_WRONLY | O_CREAT)
    let errors = try FileSystem.open(scratch + "/errors", flags: O_WRONLY | O_CREAT)
    let runner = ProcessRunner()
    let command = Command(
      executable: executable, arguments: arguments, environment: environment, directory: directory,
      standardOutput: output.number, standardError: errors.number, timeout: timeout,
      teardown: [.kill])
    let result: CommandResult
    do {
      result = try await runner.run(command)
    } catch {
      await runner.end()
      throw error
    }
    await runner.end()
    return Outcome(
      status: result.status.shellStatus,
      output: String(decoding: try FileSystem.read(scratch + "/output", limit: 64 << 20), as: UTF8.self),
      errors: String(decoding: try FileSystem.read(scratch + "/errors", limit: 64 << 20), as: UTF8.self))
  }
}
