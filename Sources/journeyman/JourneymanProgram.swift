import Foundation
import JourneymanCommandLine
import JourneymanSupport

/// The command line `journeyman`: every subcommand that exists, in the order of its help.
@main
enum JourneymanProgram {
  static let program = Program(
    CommandDefinition(
      "journeyman", summary: "Run buildspecs locally, and work as an agent of CI servers.",
      subcommands: [
        RunCommand.definition,
        ValidateCommand.definition,
        DoctorCommand.definition,
        CloneCommand.definition,
        KeyCommand.definition,
        SealCommand.definition,
        OpenCommand.definition,
        ArtifactCommand.definition,
        PluginCommand.definition,
        AgentCommand.definition,
        WorkerCommand.definition,
        JenkinsWorkerCommand.definition,
        JobCommand.definition,
        ConfigurationCommand.definition,
      ]),
    version: ProgramVersion.current)

  static func main() async {
    // `Program.run` is not isolated: commands never run on the main actor, whose handlers would trap elsewhere.
    exit(await program.run(Array(CommandLine.arguments.dropFirst())))
  }
}
