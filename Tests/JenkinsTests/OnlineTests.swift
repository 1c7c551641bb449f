import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// An agent goes online, stays there, and comes back.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct OnlineTests {
  private let agent: TestAgent
  private var controller: ScriptedController { agent.controller }

  init() async throws { agent = try await TestAgent() }

  private func refusal(_ settings: ControllerSettings) async throws -> JenkinsError? {
    await #expect(throws: JenkinsError.self) { try await JenkinsController(settings).serve(TestHost()) }
  }

  @Test func everyRecordedQuestionOfTheFirstSecondsIsAnswered() async throws {
    try await agent.serve(try agent.settings()) {
      let fields = try await controller.agent()
      #expect(fields["node-name"] == "builder")
      #expect(
        fields["x-remoting-capability"]
          == "rO0ABXNyABpodWRzb24ucmVtb3RpbmcuQ2FwYWJpbGl0eQAAAAAAAAABAgABSgAEbWFza3hwAAAAAAAAAAA=")
      #expect(fields["connection-cookie"] == nil)

      #expect(try await controller.value("hudson.slaves.SlaveComputer$SlaveVersion", -1)?.string?.isEmpty == false)
      #expect(try await controller.value("hudson.slaves.SlaveComputer$CommunicationProtocol", 2)?.string == "WebSocket")
      #expect(try await controller.value("hudson.slaves.SlaveComputer$DetectOS", 3)?.boolean == true)
      #expect(try await controller.value("hudson.slaves.SlaveComputer$DetectDefaultCharset", 4)?.string == "UTF-8")
      for name in [
        "hudson.slaves.SlaveComputer$SlaveInitializer", "hudson.slaves.ChannelPinger$SetUpRemotePing",
        "jenkins.util.SystemProperties$AgentCopier$CopySystemProperties", "hudson.remoting.PingThread$Ping",
      ] {
        #expect(try await controller.value(name)?.isNull == true, "\(name)")
      }
      #expect(try await controller.value("jenkins.slaves.StandardOutputSwapper$ChannelSwapper")?.boolean == false)
      let restarters = try await controller.value(
        "jenkins.slaves.restarter.JnlpSlaveRestarterInstaller$FindEffectiveRestarters")
      #expect(restarters?.list?.isEmpty == true)
    }
  }

  @Test func aLaterControllerIsToldTheVersionThatItAsksFor() async throws {
    for (prefix, expected) in [("", GoingOnline.remotingVersion), ("later/", "9999.v1")] {
      try await agent.serve(try agent.settings(url: controller.url(prefix))) {
        _ = try await controller.agent()
        #expect(try await controller.value(GoingOnline.versionQuestion, -1)?.string == expected)
      }
    }
  }

  @Test func theMonitorsShowThisMachine() async throws {
    try await agent.serve(try agent.settings()) {
      _ = try await controller.agent()
      let architecture = try await controller.value("hudson.node_monitors.ArchitectureMonitor$GetArchTask")?.string
      #expect(architecture?.hasPrefix("Linux (") == true)

      let start = Int64.random(in: 1...1_000_000_000_000)
      let clock = try await controller.value(
        "hudson.model.Slave$GetClockDifference2", 1, [(JavaField("startTime", "J"), .long(start))])
      #expect(clock?.object?["startTime"].integer == start)
      #expect((clock?.object?["remoteTime"].integer ?? 0) > 1_600_000_000_000)

      let memory = try await controller.value("hudson.node_monitors.SwapSpaceMonitor$MonitorTask")
      #expect((memory?.object?["totalPhysicalMemory"].integer ?? 0) > 1 << 26)
      #expect(memory?.object?.type.superclass?.name == "org.jvnet.hudson.MemoryUsage")

      let times = (0..<5).map { _ in Int64.random(in: 0...500) }
      let data = JavaOutput.object(
        JavaLayout("hudson.node_monitors.ResponseTimeMonitor$Data", 1, [JavaField("past5", "[J")]),
        ["past5": .array(JavaLayout("[J", 8_655_923_659_555_304_851), times.map { .long($0) })])
      let response = try await controller.value(
        "hudson.node_monitors.ResponseTimeMonitor$Step2", 1,
        [
          (JavaField("start", "J"), .long(start)),
          (JavaField("cur", "Lhudson/node_monitors/ResponseTimeMonitor$Data;"), data),
        ])
      #expect(response?.object?["start"].integer == start)
      #expect(response?.object?["cur"].object?["past5"].list?.map(\.integer) == times)

      let task = JavaOutput.object(
        JavaLayout("hudson.node_monitors.DiskSpaceMonitorDescriptor$GetUsableSpace", 1))
      let space = try await controller.answer(to: try controller.ask(about: agent.directory, task))
      #expect(space.value?.object?["path"].string == agent.directory)
      #expect((space.value?.object?["totalSize"].integer ?? 0) >= (space.value?.object?["size"].integer ?? 1))
      let nowhere = try await controller.answer(to: try controller.ask(about: "/nonexistent/x", task))
      #expect(nowhere.failure?.className == "java.io.IOException")
    }
  }

  @Test func anUnknownClassIsRefusedByNameAndItsPipeEnded() async throws {
    let host = TestHost()
    try await agent.serve(try agent.settings(), host) {
      _ = try await controller.agent()
      let number = Int32.random(in: 1...1_000_000)
      // The writer writes the fields that the class declares, and Jenkins' own does not: leave them out.
      let bare = JavaOutput.object(
        JavaLayout("hudson.remoting.Pipe", 1, [], writesCustomData: true),
        custom: ["hudson.remoting.Pipe": [.block([1] + JavaOutput.bigEndian(number))]])
      let answer = try await controller.answer(
        to: try controller.ask(
          "io.jenkins.plugins.coverage.Collect", 1, [(JavaField("p", "Lhudson/remoting/Pipe;"), bare)]))
      #expect(answer.failure?.message.contains("io.jenkins.plugins.coverage.Collect") == true)
      #expect(answer.failure?.message.contains("coverage plugin") == true)
      let end = try #require(answer.others.first { $0.className == "hudson.remoting.ProxyOutputStream$EOF" })
      #expect(end["oid"].integer == Int64(number))
      #expect(end["error"].object?.className == "java.io.IOException")
      #expect(host.log.contains { $0.contains("io.jenkins.plugins.coverage.Collect") })
      #expect(try await controller.value("hudson.remoting.PingThread$Ping")?.isNull == true)
    }
  }

  @Test func aLostConnectionComesBackWithItsCookie() async throws {
    try await agent.serve(try agent.settings()) {
      _ = try await controller.agent()
      #expect(try await controller.value("hudson.remoting.PingThread$Ping")?.isNull == true)
      try controller.order(#"{"cut":true}"#)
      let second = try await controller.agent()
      #expect(second["connection-cookie"]?.hasPrefix("cookie-") == true)
      try controller.order(#"{"close":1000}"#)
      let third = try await controller.agent()
      #expect(third["connection-cookie"]?.hasPrefix("cookie-") == true)
      #expect(third["connection-cookie"] != second["connection-cookie"])
      try controller.order(#"{"ping":true}"#)
      #expect(try await controller.value("hudson.remoting.PingThread$Ping")?.isNull == true)
    }
  }

  @Test func theControllerIsFoundBelowAPathPrefix() async throws {
    for prefix in ["jenkins", "jenkins/", "a/b/"] {
      let settings = try agent.settings(url: controller.url(prefix))
      let task = Task { try await JenkinsController(settings).serve(TestHost()) }
      _ = try await controller.agent()
      task.cancel()
      _ = await task.result
    }
  }

  @Test func aWrongSecretIsAnErrorAndNoLoop() async throws {
    let error = try await refusal(try agent.settings(secret: "wrong"))
    #expect(error?.code == .refused)
    #expect(error?.message.contains("secret") == true)
    #expect(error?.message.contains("wrong") == false)
  }

  @Test func otherRefusalsSayWhatToChange() async throws {
    #expect(try await refusal(try agent.settings(node: "nobody"))?.message.contains("'nobody'") == true)
    #expect(try await refusal(try agent.settings(node: "stranger"))?.message.contains("no Jenkins") == true)
    #expect(
      try await refusal(try agent.settings(url: controller.url("plain/")))?.message.contains("does not speak") == true)
    var settings = try agent.settings()
    settings.secretFile = nil
    #expect(try await refusal(settings)?.code == .configuration)
  }

  @Test(arguments: [("busy", "another agent may be connected"), ("taken", "has an agent connected as 'taken' already")])
  func anAgentThatIsConnectedAlreadyIsTriedAgain(node: String, part: String) async throws {
    let host = TestHost()
    let settings = try agent.settings(node: node)
    let task = Task {
      try await JenkinsController(settings, backoff: Backoff(first: .milliseconds(1), longest: .milliseconds(5)))
        .serve(host)
    }
    while host.log.count < 6 { try await Task.sleep(for: .milliseconds(5)) }
    task.cancel()
    _ = await task.result
    #expect(host.log.contains { $0.contains(part) }, "\(host.log)")
  }
}
