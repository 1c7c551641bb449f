import Foundation
import JourneymanCommandLine
import JourneymanSupport

/// `journeyman agent`
enum AgentCommand {
  static let configuration = Declare.option(
    "config", "FILE", help: "The agent.conf to use instead of the user's or the system's.")

  static let definition = CommandDefinition(
    "agent", summary: "Work as an agent of a CI server.",
    subcommands: [
      register, start, SteerAgentCommand.status, SteerAgentCommand.drain, SteerAgentCommand.stop,
      SteerAgentCommand.reload,
    ])

  private static let register = CommandDefinition(
    "register", summary: "Set this machine up as an agent of a CI server.",
    subcommands: [RegisterJenkinsCommand.definition])

  private static let start = CommandDefinition(
    "start", summary: "Serve the controllers of agent.conf.",
    discussion: """
      The agent stays in the foreground and says on standard error what happens. SIGTERM or Ctrl-C ends it; steps of \
      Jenkins pipelines that run go on and are found again by the next start. SIGHUP reads agent.conf again.
      """,
    arguments: [configuration],
    examples: [.init("journeyman agent start", "Serve until it is stopped.")]
  ) { arguments in
    let own = try ProgramPath.own()
    let program = PathName.directory(of: own) + "/journeyman-agent"
    let words = [program] + (try arguments[configuration].map { ["--config", $0] } ?? [])
    var pointers = words.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    // The agent takes this process's place, so that who started this process stops the agent.
    execv(program, pointers)
    throw CommandFailure(.infrastructure, "\(SystemError("start \(program)")); install both programs together")
  }
}
