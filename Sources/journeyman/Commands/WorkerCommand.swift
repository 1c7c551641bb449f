import JourneymanBuild
import JourneymanCommandLine
import JourneymanSupport

/// `journeyman worker`: one build for the keeper that started this process. Not for people.
enum WorkerCommand {
  static let definition = CommandDefinition(
    "worker", summary: "Carry out one build for the process that started this one.", isHidden: true
  ) { _ in
    let served = await Worker.serve(
      socket: OwnedDescriptor(taking: 3), output: OwnedDescriptor(taking: 4), plugins: try BuiltInPlugins.registry())
    return served ? .success : .usage
  }
}
