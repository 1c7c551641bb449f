import Foundation
import JourneymanAgent
import JourneymanJavaStream
import JourneymanSupport
import TestSupport
import Testing

@testable import JourneymanJenkins

/// Launches in all sandbox modes, and those that ask for something unusual.
@Suite(
  .takingTurns, .timeLimit(.minutes(30)),
  .enabled(if: ScriptedPeer.hasWebSockets, "python3-websockets is not installed"))
struct LaunchCaseTests {
  private let agent: TestAgent
  private let build: Launching
  private let tag = "jenkins-job-\(Int.random(in: 0...99_999))"
  private let cookie = UUID().uuidString
  private let mark = "1\(Int.random(in: 100_000...999_999))"

  init() async throws {
    agent = try await TestAgent()
    build = Launching(
      controller: agent.controller, workspace: agent.directory + "/workspace/job", variables: ["BUILD_TAG": tag])
  }

  private func host(_ mode: SandboxSettings.Mode = .strict) -> TestHost {
    var settings = agent.buildSettings
    settings.sandbox.mode = mode
    return TestHost(settings)
  }

  private var pipeline: Launching {
    Launching(
      controller: agent.controller, workspace: build.workspace,
      variables: ["JENKINS_NODE_COOKIE": cookie, "BUILD_TAG": tag, "JENKINS_SERVER_COOKIE": "please-do-not-kill-me"])
  }

  /// Whether a process with the test's mark in its command line runs on the machine.
  private func runs() throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
      guard Int(name) != nil, let line = try? FileSystem.read("/proc/\(name)/cmdline", limit: 1 << 20) else {
        return false
      }
      return String(decoding: line, as: UTF8.self).contains("sleep\0\(mark)")
    }
  }

  private func wait(until isRunning: Bool) async throws -> Bool {
    for _ in 0..<1000 {
      if try runs() == isRunning { return true }
      try await Task.sleep(for: .milliseconds(20))
    }
    return false
  }

  // MARK: Modes

  @Test(arguments: [SandboxSettings.Mode.strict, .basic, .off])
  func aBuildAndItsDaemonsEndTogether(_ mode: SandboxSettings.Mode) async throws {
    try await agent.serve(host(mode)) {
      let first = try await build.run(
        "echo tag $BUILD_TAG; pwd; sleep \(mark) & setsid sh -c 'trap \"\" TERM; sleep \(mark)' >/dev/null 2>&1 & exit 7"
      )
      #expect(first.status == 7)
      #expect(first.output.contains("tag \(tag)\n\(build.workspace)\n"))
      #expect(try await wait(until: true))
      #expect(try await build.run("ps -e >/dev/null 2>&1; echo second > file; cat file").output == "second\n")
      try await build.kill(["BUILD_TAG": tag, "BUILD_ID": "1"])
      #expect(try await wait(until: false))
      #expect(try FileSystem.read(build.workspace + "/file", limit: 10) == Array("second\n".utf8))
    }
  }

  @Test(arguments: [SandboxSettings.Mode.basic, .off])
  func anAbortEndsTheTree(_ mode: SandboxSettings.Mode) async throws {
    try await agent.serve(host(mode)) {
      let (process, _) = try await build.launch(
        ["/bin/sh", "-c", "(sleep \(mark)) & trap '' TERM; sleep \(mark)"], log: 5, quiet: true)
      #expect(try await wait(until: true))
      let id = try build.call(process, "join")
      try agent.controller.send(
        .object(JavaLayout("hudson.remoting.Request$Cancel", 1, [JavaField("id", "I")]), ["id": .int(id)]))
      let answer = try await agent.controller.answer(to: id)
      #expect(answer.failure?.className == "java.lang.InterruptedException")
      #expect(try await wait(until: false))
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  /// A stop of one pipeline step ends that step alone, whatever else has the same user.
  @Test(arguments: [SandboxSettings.Mode.basic, .off])
  func aStoppedStepEndsAlone(_ mode: SandboxSettings.Mode) async throws {
    try await agent.serve(host(mode)) {
      let bystander = Launching(
        controller: agent.controller, workspace: agent.directory + "/workspace/other",
        variables: ["BUILD_TAG": tag + "-other", "JENKINS_SERVER_COOKIE": "durable-other"])
      let (process, _) = try await bystander.launch(
        ["/bin/sh", "-c", "while [ ! -f go ]; do sleep 0.1; done"], log: 6, quiet: true)
      try await pipeline.startDurable("sleep \(mark)", cookie: "durable-\(mark)x")
      #expect(try await wait(until: true))
      // A part of the value is another value.
      try await pipeline.kill(["JENKINS_SERVER_COOKIE": "durable-\(mark)"])
      #expect(try runs())
      try await pipeline.kill(["JENKINS_SERVER_COOKIE": "durable-\(mark)x"])
      try #require(try await wait(until: false))
      #expect(try await pipeline.durableEnd() == 143)
      let alive = try await agent.controller.answer(to: try bystander.call(process, "isAlive"))
      #expect(alive.value?.boolean == true)
      _ = try await bystander.launch(["/bin/sh", "-c", "touch go"], log: 7, quiet: true)
      #expect(try await bystander.join(process).status == 0)
      try await pipeline.kill(["JENKINS_NODE_COOKIE": cookie])
      try await bystander.kill(["BUILD_TAG": tag + "-other"])
    }
  }

  @Test func aBasicBuildCannotOpenWhatIsHidden() async throws {
    try FileSystem.makeDirectories(agent.directory + "/workspace/other@tmp/secretFiles")
    try FileSystem.writeAtomically(Array("apart".utf8), to: agent.directory + "/workspace/other@tmp/secretFiles/x")
    try await agent.serve(host(.basic)) {
      let result = try await build.run(
        """
        cat '\(PathName.directory(of: agent.directory))/secret' 2>/dev/null || echo hidden
        cat '\(agent.directory)/workspace/other@tmp/secretFiles/x' 2>/dev/null || echo closed
        """)
      #expect(result.output == "hidden\nclosed\n")
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  // MARK: Input and output

  private static let fields = [
    JavaField("ioId", "I"), JavaField("oid", "I"), JavaField("requestId", "I"), JavaField("buf", "[B"),
  ]

  /// The controller writes when it wants to: `reverseStdin`.
  @Test func theControllerWritesStandardInput() async throws {
    try await agent.serve(host()) {
      let log = Int32.random(in: 1...1_000_000)
      let id = try build.ask(
        ["/bin/sh", "-c", "read first; echo \"got $$first\"; wc -c; exit 3"], log: log, quiet: true,
        changes: [(JavaField("reverseStdin", "Z"), .boolean(true))])
      let launched = try await agent.controller.answer(to: id)
      let process = Int32(try #require(launched.value?.object?["h"].object?["oid"].integer))
      let triplet = try await agent.controller.answer(to: try build.call(process, "getIOtriplet"))
      let stream = try #require(triplet.value?.object?["stdin"].object)
      #expect(triplet.value?.object?["stdout"].isNull == true && triplet.value?.object?["stderr"].isNull == true)
      let number = stream.customBytes(of: "hudson.remoting.RemoteOutputStream").reduce(0 as Int32) {
        $0 << 8 | Int32($1)
      }
      let join = try build.call(process, "join")
      for part in [Array("hello\n".utf8), [UInt8](repeating: 65, count: 200_000), Array("end".utf8)] {
        for start in stride(from: 0, to: part.count, by: 50_000) {
          try agent.controller.send(
            .object(
              JavaLayout("hudson.remoting.ProxyOutputStream$Chunk", 1, Self.fields),
              ["oid": .int(number), "buf": .bytes(Array(part[start..<min(part.count, start + 50_000)]))]))
        }
      }
      try agent.controller.send(
        .object(
          JavaLayout("hudson.remoting.ProxyOutputStream$EOF", 1, Array(Self.fields.prefix(3))), ["oid": .int(number)]))
      let answer = try await agent.controller.answer(to: join)
      #expect(answer.value?.integer == 3)
      let text = Launching.text(launched.others + triplet.others + answer.others, of: log)
      #expect(text == "got hello\n200003\n")
      // One that ends without having read it: what comes later goes nowhere.
      let early = try build.ask(
        ["true"], log: log, quiet: true, changes: [(JavaField("reverseStdin", "Z"), .boolean(true))])
      let other = Int32(
        try #require(try await agent.controller.answer(to: early).value?.object?["h"].object?["oid"].integer))
      #expect(try await build.join(other).status == 0)
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  /// Words that Jenkins marks are starred, words with spaces are quoted, passwords in addresses never shown.
  @Test func theCommandLineIsShownWithoutItsSecrets() async throws {
    try await agent.serve(host()) {
      let log = Int32.random(in: 1...1_000_000)
      let masks = JavaOutput.array(
        JavaLayout("[Z", 6_309_297_032_502_205_922), [false, false, true, false, false].map { .boolean($0) })
      let id = try build.ask(
        ["printf", "%s|", "pass-word", "two words", "http://user:hidden@host/x"], log: log,
        changes: [(JavaField("masks", "[Z"), masks)])
      let launched = try await agent.controller.answer(to: id)
      let process = Int32(try #require(launched.value?.object?["h"].object?["oid"].integer))
      let (status, answer) = try await build.join(process)
      #expect(status == 0)
      let text = Launching.text(launched.others + answer.others, of: log)
      #expect(text.hasPrefix("[job] $ printf %s| ******** \"two words\" http://user:****@host/x\n"), "\(text)")
      // What the program itself prints is its own affair.
      #expect(text.contains("pass-word|two words|"))
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  @Test func environmentFiltersAreNotAppliedAndThatIsSaid() async throws {
    try await agent.serve(host()) {
      for (rules, isSaid) in [([JavaOutput.string("a rule")], true), ([], false)] {
        let log = Int32.random(in: 1...1_000_000)
        let wrapper = GitCalls.object(
          "jenkins.tasks.filters.EnvVarsFilterRuleWrapper", [(JavaField("rules", "Ljava/util/List;"), .list(rules))])
        let id = try build.ask(
          ["true"], log: log, quiet: true,
          changes: [
            (JavaField("envVarsFilterRuleWrapper", "Ljenkins/tasks/filters/EnvVarsFilterRuleWrapper;"), wrapper)
          ])
        let answer = try await agent.controller.answer(to: id)
        #expect(answer.value?.object != nil)
        #expect(Launching.text(answer.others, of: log).contains("does not apply the environment filters") == isSaid)
      }
      try await build.kill(["BUILD_TAG": tag])
    }
  }

  // MARK: What cannot be started

  @Test func whatCannotBeStartedIsAnExceptionOfTheLaunchAsInJava() async throws {
    try FileSystem.makeDirectories(build.workspace)
    try FileSystem.writeAtomically(Array("#!/bin/sh\n".utf8), to: build.workspace + "/plain", mode: 0o644)
    let missing = build.workspace + "/not/there"
    let directory = JavaField("workDir", "Ljava/lang/String;")
    let cases: [(words: [String], changes: [(JavaField, JavaOutput)], text: String)] = [
      (
        ["no-such-program"], [],
        "Cannot run program \"no-such-program\" (in directory \"\(build.workspace)\"): error=2, No such file or directory"
      ),
      (
        ["/no/such/program", "x"], [],
        "Cannot run program \"/no/such/program\" (in directory \"\(build.workspace)\"): error=2, No such file or directory"
      ),
      (
        ["./plain"], [],
        "Cannot run program \"./plain\" (in directory \"\(build.workspace)\"): error=13, Permission denied"
      ),
      (
        ["sh", "-c", "true"], [(directory, .string(missing))],
        "Cannot run program \"sh\" (in directory \"\(missing)\"): error=2, No such file or directory"
      ),
      (["sh", "-c", "true"], [(directory, .string(build.workspace + "/plain"))], "error=20, Not a directory"),
    ]
    try await agent.serve(host()) {
      for (words, changes, text) in cases {
        let id = try build.ask(words, log: 9, quiet: true, changes: changes)
        let answer = try await agent.controller.answer(to: id)
        #expect(answer.failure?.className == "java.io.IOException")
        #expect(answer.failure?.message.contains(text) == true, "\(answer.failure?.message ?? "it started")")
      }
      // Found by the build's own search path, and only there.
      _ = try await build.run("mkdir -p bin; printf '#!/bin/sh\\necho own\\n' > bin/own; chmod 755 bin/own")
      let path = Launching(
        controller: agent.controller, workspace: build.workspace,
        variables: ["BUILD_TAG": tag, "PATH": "\(build.workspace)/bin:/usr/bin:/bin"])
      let (process, before) = try await path.launch(["own"], log: 10, quiet: true)
      let (status, answer) = try await path.join(process)
      #expect(status == 0 && Launching.text(before + answer.others, of: 10) == "own\n")
      try await build.kill(["BUILD_TAG": tag])
    }
  }
}
