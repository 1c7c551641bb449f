import Foundation
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// A controller that sends what no controller should: the request or the connection is refused, and the agent lives on.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct GarbageTests {
  private let agent: TestAgent
  private let host = TestHost()
  private var controller: ScriptedController { agent.controller }

  init() async throws { agent = try await TestAgent() }

  private func expectAlive() async throws {
    #expect(try await controller.value("hudson.slaves.SlaveComputer$DetectOS")?.boolean == true)
  }

  /// A command in one piece.
  private static func piece(_ command: [UInt8]) -> [UInt8] {
    [UInt8(command.count >> 8), UInt8(command.count & 0xFF)] + command
  }

  /// The beginning of a stream.
  private static let header: [UInt8] = [0xAC, 0xED, 0, 5]

  /// Arrays of objects in each other.
  private static func nested(_ depth: Int) -> [UInt8] {
    let name = Array("[Ljava.lang.Object;".utf8)
    let first: [UInt8] =
      [0x75, 0x72, 0, UInt8(name.count)] + name + [0x90, 0xCE, 0x58, 0x9F, 0x10, 0x73, 0x29, 0x6C]
      + [2, 0, 0, 0x78, 0x70, 0, 0, 0, 1]
    return header + first + (1..<depth).flatMap { _ in [0x75, 0x71, 0, 0x7E, 0, 0, 0, 0, 0, 1] as [UInt8] } + [0x70]
  }

  @Test(arguments: [
    [0x00], [0x7F, 0xFF, 0x00], [0x80], piece([]), piece([1, 2, 3]), piece(header), piece(header + [0x73, 0x71, 0]),
    // A string and an array that are longer than all that comes.
    piece(header + [0x7C, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    piece(
      header + [0x75, 0x72, 0, 2, 0x5B, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0x78, 0x70, 0x7F, 0xFF, 0xFF, 0xFF]),
    piece(header + [0x74, 0, 1, 0x61]), piece(nested(500)), piece(header + [0x70]),
    [UInt8](repeating: 0xFF, count: 40_000),
  ])
  func aConnectionThatMakesNoSenseIsGivenUp(message: [UInt8]) async throws {
    try await agent.serve(host) {
      try controller.sendRaw(message)
      _ = try await controller.agent()
      try await expectAlive()
      #expect(host.log.contains { $0.contains("the controller sends") }, "\(host.log)")
    }
  }

  @Test func aMessageThatIsTooLongIsGivenUp() async throws {
    try await agent.serve(host) {
      try controller.order(#"{"text":"\#(String(repeating: "x", count: 2 << 20))"}"#)
      _ = try await controller.agent()
      try await expectAlive()
    }
  }

  @Test func aRequestThatMakesNoSenseIsRefusedAlone() async throws {
    try await agent.serve(host) {
      let contents: [[UInt8]] = [
        [], [1, 2, 3], Self.header, Self.header + [0x70], Self.nested(500),
        Self.header + [0x7C, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
      ]
      for content in contents {
        let answer = try await controller.answer(to: try controller.ask(content))
        #expect(answer.failure?.className == "java.io.IOException")
      }
      // Half of a question.
      let half = try await controller.answer(to: try controller.ask("hudson.FilePath$FileCallableWrapper"))
      #expect(half.failure?.message.contains("about no file") == true)
      let launch = try await controller.answer(to: try controller.ask("hudson.Launcher$RemoteLaunchCallable"))
      #expect(launch.failure != nil)
      try await expectAlive()
      #expect(host.log.count { $0.contains("online") } == 1)
    }
  }

  /// What is about nothing that is there is passed over.
  @Test func commandsAboutNothingDoNoHarm() async throws {
    try await agent.serve(host) {
      let command = JavaLayout("hudson.remoting.Command", 1, [JavaField("createdAt", "Ljava/lang/Exception;")])
      func send(_ name: String, _ field: String) throws {
        let layout = JavaLayout("hudson.remoting." + name, 1, [JavaField(field, "I")], extends: command)
        try controller.send(.object(layout, [field: .int(.random(in: 1...1_000_000))]))
      }
      try send("Request$Cancel", "id")
      try send("Response", "id")
      for name in [
        "UnexportCommand", "ProxyOutputStream$EOF", "ProxyOutputStream$Unexport", "ProxyOutputStream$Ack",
        "ProxyInputStream$EOF", "SomethingNew",
      ] {
        try send(name, "oid")
      }
      try controller.write([1, 2, 3], to: 99)
      let build = Launching(controller: controller, workspace: agent.directory + "/workspace/job", variables: [:])
      let answer = try await controller.answer(to: try build.call(77, "join"))
      #expect(answer.failure?.message.contains("no object 77") == true)
      try await expectAlive()
      #expect(host.log.contains { $0.contains("hudson.remoting.SomethingNew") })
    }
  }

  /// A class of a plugin with a pipe, a stream and the build's log: pipe and stream end with an error, because somebody may
  /// wait for that; the log is given back, not closed.
  @Test func anUnknownClassWithStreams() async throws {
    try await agent.serve(host) {
      let (pipe, log) = (Int32.random(in: 1...1_000_000), Int32.random(in: 1_000_001...2_000_000))
      let stream = Int32.random(in: 2_000_001...3_000_000)
      let layout = JavaLayout("hudson.remoting.Pipe", 1, [], writesCustomData: true)
      let output = JavaOutput.object(layout, custom: [layout.name: [.block([1] + JavaOutput.bigEndian(pipe))]])
      let listener = JavaOutput.object(
        JavaLayout("hudson.util.StreamTaskListener", 1, writesCustomData: true),
        custom: ["hudson.util.StreamTaskListener": [Launching.stream(log), .string("UTF-8")]])
      let task = JavaOutput.object(
        JavaLayout(
          "io.jenkins.plugins.analysis.core.Scan", 1,
          [
            JavaField("p", "Lhudson/remoting/Pipe;"), JavaField("l", "Lhudson/model/TaskListener;"),
            JavaField("o", "Ljava/io/OutputStream;"),
          ]),
        ["p": output, "l": listener, "o": Launching.stream(stream)])
      let answer = try await controller.answer(
        to: try controller.ask(about: agent.directory + "/workspace/job", task))
      #expect(answer.failure?.className == "java.io.IOException")
      #expect(answer.failure?.message.contains("io.jenkins.plugins.analysis.core.Scan") == true)
      #expect(host.log.contains { $0.contains("analysis.core.Scan") && $0.contains("warnings-ng plugin") })
      let ends = answer.others.filter { $0.className == "hudson.remoting.ProxyOutputStream$EOF" }
      #expect(Set(ends.map { $0["oid"].integer }) == [Int64(pipe), Int64(stream)])
      #expect(ends.count == 2 && ends.allSatisfy { !$0["error"].isNull })
      guard case .command(let next) = try await controller.next() else { throw SystemError("hear", number: EPIPE) }
      #expect(next.className == "hudson.remoting.ProxyOutputStream$Unexport" && next["oid"].integer == Int64(log))
      try await expectAlive()
    }
  }
}
