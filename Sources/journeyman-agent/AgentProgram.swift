import Foundation
import JourneymanAgent
import JourneymanCommandLine
import JourneymanJenkins
import JourneymanSupport

/// The listener `journeyman-agent`: puts its parts together and serves the controllers of agent.conf.
@main
enum AgentProgram {
  private static let configuration = Declare.option(
    "config", "FILE", help: "The agent.conf to use instead of the user's or the system's.")

  /// The kinds of server this program knows.
  private static let kinds: [ControllerSettings.Kind: Agent.ControllerFactory] = [
    .jenkins: { JenkinsController($0) }
  ]

  static let program = Program(
    CommandDefinition(
      "journeyman-agent", summary: "Serve the controllers of agent.conf.", arguments: [configuration]
    ) { arguments in
      do {
        let own = try ProgramPath.own()
        let program = own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/journeyman"
        let settings = try await AgentConfiguration.load(try arguments[configuration], by: program)
        return try await serve(try Agent(settings, kinds: kinds))
      } catch let error as AgentError {
        throw CommandFailure(error.code == .program ? .infrastructure : .usage, error.message)
      } catch let error as JenkinsError {
        throw CommandFailure(error.code == .configuration ? .usage : .infrastructure, error.message)
      }
    }, version: ProgramVersion.current)

  /// Serves until a signal asks for the end.
  private static func serve(_ agent: Agent) async throws -> ProgramStatus {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await _ in SignalWatch.stream([SIGTERM, SIGINT]) { return }
      }
      group.addTask { try await agent.serve() }
      defer { group.cancelAll() }
      try await group.next()
    }
    return .success
  }

  static func main() async {
    exit(await program.run(Array(CommandLine.arguments.dropFirst())))
  }
}
