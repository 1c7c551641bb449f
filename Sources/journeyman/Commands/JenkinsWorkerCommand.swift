import JourneymanCommandLine
import JourneymanJenkinsWork
import JourneymanSupport

/// `journeyman jenkins-worker`: one job for the listener that started this process. Not for people.
enum JenkinsWorkerCommand {
  static let definition = CommandDefinition(
    "jenkins-worker", summary: "Carry out one request of a Jenkins controller for the agent.", isHidden: true
  ) { _ in
    await JenkinsWorker.serve(socket: OwnedDescriptor(taking: 3)) ? .success : .usage
  }
}
