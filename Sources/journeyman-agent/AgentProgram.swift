import Foundation
import JourneymanAgent
import JourneymanCommandLine
import JourneymanSupport

/// The listener `journeyman-agent`: puts its parts together and serves the controllers of agent.conf.
@main
enum AgentProgram {
  private static let configuration = Declare.option(
    "config", "FILE", help: "The agent.conf to use instead of the user's or the system's.")

  /// The kinds of server this program knows.
  private static let kinds: [ControllerSettings.Kind: Agent.ControllerFactory] = [:]

  static let program = Program(
    CommandDefinition(
      "journeyman-agent", summary: "Serve the controllers of agent.conf.", arguments: [configuration]
    ) { arguments in
      do {
        let own = try ProgramPath.own()
        let program = own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/journeyman"
        let settings = try await AgentConfiguration.load(try arguments[configuration], by: program)
        try await Agent(settings, kinds: kinds).serve()
        return .success
      } catch let error as AgentError {
        throw CommandFailure(error.code == .program ? .infrastructure : .usage, error.message)
      }
    }, version: ProgramVersion.current)

  static func main() async {
    exit(await program.run(Array(CommandLine.arguments.dropFirst())))
  }
}
