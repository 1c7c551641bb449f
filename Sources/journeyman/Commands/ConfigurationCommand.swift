import Foundation
import JourneymanCommandLine
import JourneymanConfiguration
import JourneymanSupport

/// `journeyman configuration`: agent.conf as JSON, for the listener that started this process. Not for people.
enum ConfigurationCommand {
  private static let file = Declare.option("config", "FILE", help: "The agent.conf to read.")

  static let definition = CommandDefinition(
    "configuration", summary: "Print agent.conf as JSON for the agent.", arguments: [file], isHidden: true
  ) { arguments in
    do {
      let settings = try ConfigurationFile.load(explicit: try arguments[file])
      FileHandle.standardOutput.write(try JSONEncoder().encode(settings))
      return .success
    } catch let error as ConfigurationError {
      throw CommandFailure(.usage, error.description)
    }
  }
}
