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
        let file = try arguments[configuration]
        let load: Agent.Loader = { try await AgentConfiguration.load(file, by: program) }
        let agent = try Agent(try await load(), kinds: kinds, load: load)
        try await agent.serve(signals: SignalWatch.stream([SIGTERM, SIGINT, SIGHUP]))
        return .success
      } catch let error as AgentError {
        throw CommandFailure(error.code == .configuration ? .usage : .infrastructure, error.message)
      } catch let error as JenkinsError {
        throw CommandFailure(error.code == .configuration ? .usage : .infrastructure, error.message)
      }
    }, version: ProgramVersion.current)

  static func main() async {
    exit(await program.run(Array(CommandLine.arguments.dropFirst())))
  }
}
