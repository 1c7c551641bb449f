import Foundation
import JourneymanSandbox
import JourneymanSupport

/// A Python script of `Tests/Fixtures` that plays a server: it prints one line of JSON with its process id as `pid` and
/// the ports it listens on, and is killed with this value.
public final class ScriptedPeer: Sendable {
  private let numbers: [String: Int]

  /// The system's own Python, which has the packages that `.ci/setup` installs.
  private static let python = access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : TestProgram.find("python3")

  /// Whether the WebSocket peers can be started; in CI they have to.
  public static let hasWebSockets =
    StandardPaths.processEnvironment["CI"] == "true"
    || access("/usr/lib/python3/dist-packages/websockets/__init__.py", R_OK) == 0

  /// Starts a script and waits until it has printed its line.
  ///
  /// - Throws: `SystemError` when there is no Python, or the script ends without the line.
  public init(_ script: String, _ arguments: [String] = []) async throws {
    let path = StoreServer.fixtures + "/" + script
    guard let python = Self.python else { throw SystemError("start \(path)", number: ENOENT) }
    var pipe = try JourneymanSupport.Pipe()
    let input = pipe.readEnd.take()?.release() ?? -1
    let output = pipe.writeEnd.take()?.release() ?? -1
    let command = Command(
      executable: python, arguments: [path] + arguments, environment: StandardPaths.processEnvironment,
      standardOutput: output, standardError: STDERR_FILENO)
    // Through the runner, because what it did not start it takes for an orphan and kills.
    Task {
      let runner = ProcessRunner()
      _ = try? await runner.run(command)
      close(output)
      await runner.end()
    }
    numbers = try await runBlocking {
      defer { close(input) }
      var line: [UInt8] = []
      var byte: UInt8 = 0
      while read(input, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
      return try JSONDecoder().decode([String: Int].self, from: Data(line))
    }
  }

  deinit {
    if let pid = numbers["pid"], pid > 1 { kill(Int32(pid), SIGKILL) }
  }

  /// A number of the script's line, such as a port; 0 when it has none of this name.
  public subscript(name: String) -> Int { numbers[name] ?? 0 }
}
