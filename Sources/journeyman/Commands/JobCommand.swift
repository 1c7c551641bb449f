import Foundation
import JourneymanCommandLine
import JourneymanJob
import JourneymanKeeper
import JourneymanSupport

/// `journeyman job`: keeps one build for the job of a controller that is connected to descriptor 3; its setup comes on
/// standard input. Not for people.
enum JobCommand {
  /// The longest setup that is read, in bytes.
  private static let longestSetup = 4 << 20

  static let definition = CommandDefinition(
    "job", summary: "Keep one build that a controller's job asked for.", isHidden: true
  ) { _ in
    let connection = OwnedFile(OwnedDescriptor(taking: 3))
    let text = try await runBlocking {
      try FileSystem.readAll(STDIN_FILENO, limit: longestSetup, name: "the job's setup")
    }
    let setup = try JSONDecoder().decode(JobSetup.self, from: Data(text))
    let worker = WorkerProgram(executable: try ProgramPath.own(), arguments: ["worker"])
    try await JobBuild(connection, setup, worker: worker).serve(
      status: { $0.programStatus.rawValue }, failure: ProgramStatus.infrastructure.rawValue)
    return .success
  }
}
