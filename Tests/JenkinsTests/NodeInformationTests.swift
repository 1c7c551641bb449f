import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Jenkins' pages about a node.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct NodeInformationTests {
  @Test func valuesThatCouldBeSecretsAreStarred() {
    let shown = NodeInformation.filtered([
      "PATH": "/bin", "API_TOKEN": "t0ken", "https_proxy": "http://u:p@proxy:1", "LC_ALL": "C", "HOME": "/root",
    ])
    #expect(
      shown == [
        "PATH": "/bin", "API_TOKEN": "********", "https_proxy": "********", "LC_ALL": "C", "HOME": "/root",
      ])
  }

  @Test func everyPageHasItsAnswer() async throws {
    let agent = try await TestAgent()
    try await agent.serve {
      let controller = agent.controller
      let properties = try await controller.value("hudson.util.RemotingDiagnostics$GetSystemProperties")
      #expect(properties?.stringMap?["os.name"] == "Linux")
      let threads = try await controller.value("hudson.util.RemotingDiagnostics$GetThreadDump")
      #expect(threads?.stringMap?.values.contains { $0.contains("state ") } == true)
      let environment = try await controller.value("hudson.slaves.SlaveComputer$ListFullEnvironment")
      #expect(environment?.stringMap?["PATH"] == StandardPaths.processEnvironment["PATH"])
      for name in ["LoadingTime", "LoadingCount", "LoadingPrefetchCacheCount"] {
        let value = try await controller.value(
          "hudson.slaves.SlaveComputer$" + name, 1, [(JavaField("resource", "Z"), .boolean(true))])
        #expect(value?.integer == 0)
      }
      #expect(try await controller.value("hudson.model.Computer$DumpExportTableTask")?.string == "")
      let script = try await controller.answer(to: try controller.ask("hudson.util.RemotingDiagnostics$Script"))
      #expect(script.failure?.message.contains("runs no Java") == true)
    }
  }

  @Test func aRelativeRootIsTheDirectoryOfAgentConf() async throws {
    let agent = try await TestAgent()
    try await agent.serve {
      let task = JavaOutput.object(JavaLayout("hudson.slaves.SlaveComputer$AbsolutePath", 1))
      let answer = try await agent.controller.answer(to: try agent.controller.ask(about: "agent", task))
      #expect(answer.value?.string == agent.directory)
    }
  }
}
