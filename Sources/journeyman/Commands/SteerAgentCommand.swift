import Foundation
import JourneymanAgent
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanSupport

/// `journeyman agent status`, `drain`, `stop` and `reload`: what a running agent can be asked.
enum SteerAgentCommand {
  private static let json = Declare.flag("json", help: "Print one JSON object.")

  static let status = CommandDefinition(
    "status", summary: "Show what the agent does.",
    discussion: """
      Shows each controller's connection, the builds that run and the executors.

      Exit status: 0 every controller is online, 1 one is not, 3 no agent runs.
      """,
    arguments: [json, AgentCommand.configuration],
    examples: [.init("journeyman agent status", "Show connections, executors and builds.")]
  ) { arguments in
    let status = try await ask(.status, try arguments[AgentCommand.configuration]).status
    if try arguments[json] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      FileHandle.standardOutput.write(try encoder.encode(status) + Data("\n".utf8))
    } else {
      for line in status.lines(now: Date().timeIntervalSince1970) { say(line) }
    }
    return status.controllers.allSatisfy(\.isOnline) ? .success : .buildFailed
  }

  static let drain = CommandDefinition(
    "drain", summary: "Take no more work, and end when what runs has ended.",
    discussion: """
      With user and tokenFile in the controller's section of agent.conf, the node is set offline in Jenkins as well, so \
      that no job waits for it; the next 'agent start' brings it back, unless somebody else has set it offline meanwhile. \
      The command returns at once; 'status' shows what still runs.
      """,
    arguments: [AgentCommand.configuration],
    examples: [.init("journeyman agent drain", "Let builds finish before the machine is updated.")]
  ) { arguments in
    let status = try await ask(.drain, try arguments[AgentCommand.configuration]).status
    say("draining: \(status.builds.count) builds run")
    return .success
  }

  static let stop = CommandDefinition(
    "stop", summary: "End the agent now.",
    discussion: """
      Steps of Jenkins pipelines go on and are found again by the next start; other builds are aborted.
      """,
    arguments: [AgentCommand.configuration],
    examples: [.init("journeyman agent stop", "End the agent of this machine.")]
  ) { arguments in
    _ = try await ask(.stop, try arguments[AgentCommand.configuration])
    say("stopping")
    return .success
  }

  static let reload = CommandDefinition(
    "reload", summary: "Read agent.conf again.",
    discussion: """
      The same as SIGHUP. A controller whose settings have changed is connected anew when no build of it runs. With a \
      mistake in the file the settings stay as they were.
      """,
    arguments: [AgentCommand.configuration],
    examples: [.init("journeyman agent reload", "Serve what agent.conf names now.")]
  ) { arguments in
    if let problem = try await ask(.reload, try arguments[AgentCommand.configuration]).problem {
      throw CommandFailure(.usage, "\(problem); the settings stay as they were")
    }
    say("agent.conf was read again")
    return .success
  }

  private static func ask(_ request: AgentControl.Request, _ file: String?) async throws -> AgentControl.Answer {
    do {
      return try await AgentControl(try ConfigurationFile.load(explicit: file)).ask(request)
    } catch let error as AgentError {
      throw CommandFailure(.infrastructure, error.message)
    }
  }

  private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
