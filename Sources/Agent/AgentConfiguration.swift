import Foundation
import JourneymanSandbox
public import JourneymanSupport

/// How the listener gets its configuration: agent.conf is parsed by libgit2 in a process of its own, which hands it over
/// as JSON, so that the listener never links a parser.
public enum AgentConfiguration {
  /// The largest configuration that is taken over, in bytes.
  private static let limit = 4 << 20

  /// Reads agent.conf.
  ///
  /// - Parameters:
  ///   - file: the path given by `--config`; `nil` for the usual places.
  ///   - program: the program `journeyman`.
  /// - Throws: ``AgentError``; what is wrong with the file was said on standard error.
  public static func load(_ file: String?, by program: String) async throws -> Settings {
    let (child, end) = try await start(program, file)
    let bytes = try? await runBlocking {
      defer { close(end) }
      return try FileSystem.readAll(end, limit: limit, name: "the configuration")
    }
    guard await child.wait().status == .exited(0), let bytes,
      let settings = try? JSONDecoder().decode(Settings.self, from: Data(bytes))
    else { throw AgentError(.configuration, "agent.conf could not be read; nothing was started") }
    return settings
  }

  /// Starts the program.
  ///
  /// - Returns: the process, and the descriptor that gives its standard output; the caller closes it.
  private static func start(_ program: String, _ file: String?) async throws -> (ChildProcess, Int32) {
    do {
      var pipe = try JourneymanSupport.Pipe()
      let child = try await ChildProcess.start(
        ChildProcess.Configuration(
          executable: program, arguments: ["configuration"] + (file.map { ["--config", $0] } ?? []),
          environment: StandardPaths.processEnvironment, standardOutput: pipe.writeEnd?.number,
          standardError: STDERR_FILENO))
      return (child, pipe.readEnd.take()?.release() ?? -1)
    } catch {
      throw AgentError(
        .program, "\(program) could not be started to read agent.conf: \(error); install both programs together",
        underlying: error)
    }
  }
}
