import Foundation
import JourneymanJavaStream
import JourneymanSupport

@testable import JourneymanJenkins

/// What a controller does to run a build's commands.
struct Launching {
  let controller: ScriptedController
  let workspace: String
  /// The build's variables, such as its cookie.
  let variables: [String: String]

  private static let strings = JavaLayout("[Ljava.lang.String;", -5_921_575_005_990_323_385)
  private static let outputStream = JavaLayout("hudson.remoting.RemoteOutputStream", 1, writesCustomData: true)

  static func stream(_ number: Int32) -> JavaOutput {
    .object(outputStream, custom: [outputStream.name: [.block(JavaOutput.bigEndian(number))]])
  }

  private static func inputStream(_ number: Int32) -> JavaOutput {
    let layout = JavaLayout("hudson.remoting.RemoteInputStream", 1, writesCustomData: true)
    return .object(layout, custom: [layout.name: [.block(JavaOutput.bigEndian(number))]])
  }

  /// Asks for a command whose output goes to a stream, or nowhere.
  ///
  /// - Parameters:
  ///   - input: the number of the stream that the command reads.
  ///   - changes: fields of the request that are other than usual.
  /// - Returns: the request's number.
  func ask(
    _ words: [String], log: Int32?, quiet: Bool = false, isSilent: Bool = false, input: Int32? = nil,
    changes: [(JavaField, JavaOutput)] = []
  ) throws -> Int32 {
    let listener = JavaOutput.object(
      JavaLayout("hudson.util.StreamTaskListener", 1, writesCustomData: true),
      custom: ["hudson.util.StreamTaskListener": [log.map { Self.stream($0) } ?? .null, .string("UTF-8")]])
    var environment = variables
    environment["WORKSPACE"] = workspace
    let pairs = environment.map { JavaOutput.string("\($0.key)=\($0.value)") }
    let changed = Set(changes.map(\.0.name))
    let usual: [(JavaField, JavaOutput)] =
      [
        (JavaField("quiet", "Z"), .boolean(quiet)),
        (JavaField("cmd", "Ljava/util/List;"), .list(words.map { .string($0) })),
        (JavaField("env", "[Ljava/lang/String;"), .array(Self.strings, pairs)),
        (JavaField("listener", "Lhudson/model/TaskListener;"), listener),
        (JavaField("stdoutListener", "Lhudson/model/TaskListener;"), log == nil || isSilent ? .null : listener),
        (JavaField("workDir", "Ljava/lang/String;"), .string(workspace)),
        (JavaField("in", "Ljava/io/InputStream;"), input.map { Self.inputStream($0) } ?? .null),
      ]
    return try controller.ask(
      "hudson.Launcher$RemoteLaunchCallable", 1, usual.filter { !changed.contains($0.0.name) } + changes)
  }

  /// Launches a command and waits for the answer.
  ///
  /// - Returns: the process's number, and what came before the answer.
  func launch(_ words: [String], log: Int32?, quiet: Bool = false, isSilent: Bool = false, input: [UInt8]? = nil)
    async throws -> (
      Int32, [JavaObject]
    )
  {
    let number = Int32.random(in: 1...1_000_000)
    let id = try ask(words, log: log, quiet: quiet, isSilent: isSilent, input: input == nil ? nil : number)
    let answer = try await controller.answer(to: id, giving: input.map { [number: $0] } ?? [:])
    guard let number = answer.value?.object?["h"].object?["oid"].integer else {
      throw JenkinsError(.failed, answer.failure?.message ?? "no process")
    }
    return (Int32(number), answer.others)
  }

  private static let call = JavaLayout(
    "hudson.remoting.RemoteInvocationHandler$UserRPCRequest", 1,
    extends: JavaLayout(
      "hudson.remoting.RemoteInvocationHandler$RPCRequest", 1,
      [
        JavaField("oid", "I"), JavaField("arguments", "[Ljava/lang/Object;"),
        JavaField("methodName", "Ljava/lang/String;"),
      ],
      extends: JavaLayout(
        "hudson.remoting.Request", 1, [JavaField("id", "I"), JavaField("lastIoId", "I")],
        extends: JavaLayout("hudson.remoting.Command", 1, [JavaField("createdAt", "Ljava/lang/Exception;")]))))

  /// Calls a method of a process and does not wait. Such a call comes wrapped like a callable, with a number of its own
  /// inside that means nothing.
  func call(_ process: Int32, _ method: String) throws -> Int32 {
    try controller.ask(
      try JavaStreamWriter.write(
        .object(
          Self.call, ["id": .int(.random(in: 1...1000)), "oid": .int(process), "methodName": .string(method)])))
  }

  /// Waits for a process; what it printed comes before the answer.
  func join(_ process: Int32) async throws -> (status: Int64?, answer: ScriptedController.Answer) {
    let answer = try await controller.answer(to: try call(process, "join"))
    return (answer.value?.integer, answer)
  }

  /// Runs a script to its end.
  func run(_ script: String) async throws -> (status: Int64?, output: String) {
    let log = Int32.random(in: 1...1_000_000)
    let (process, before) = try await launch(
      ["/bin/sh", "-c", script.replacing("$", with: "$$")], log: log, quiet: true)
    let (status, answer) = try await join(process)
    return (status, Self.text(before + answer.others, of: log))
  }

  /// Whether the agent says that the controller may forget a stream: among the commands seen already, or soon after.
  func isGivenBack(_ stream: Int32, by process: Int32, after seen: [JavaObject]) async throws -> Bool {
    var commands = seen
    for _ in 0..<600 {
      let isSaid = commands.contains {
        $0.className == "hudson.remoting.ProxyOutputStream$Unexport" && $0["oid"].integer == Int64(stream)
      }
      if isSaid { return true }
      try await Task.sleep(for: .milliseconds(50))
      commands = try await controller.answer(to: try call(process, "isAlive")).others
    }
    return false
  }

  /// What was written to a stream.
  static func text(_ commands: [JavaObject], of stream: Int32) -> String {
    let bytes = commands.filter {
      $0.className == "hudson.remoting.ProxyOutputStream$Chunk" && $0["oid"].integer == Int64(stream)
    }.flatMap { $0["buf"].bytes ?? [] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Asks to end what has these variables.
  ///
  /// - Returns: the request's number.
  func askToKill(_ environment: [String: String]) throws -> Int32 {
    let map = JavaOutput.map(environment.map { (.string($0.key), .string($0.value)) })
    return try controller.ask(
      "hudson.Launcher$RemoteLauncher$KillTask", 1, [(JavaField("modelEnvVars", "Ljava/util/Map;"), map)])
  }

  func kill(_ environment: [String: String]) async throws {
    let value = try await controller.answer(to: try askToKill(environment)).value
    if value?.isNull != true { throw JenkinsError(.failed, "KillTask failed") }
  }

  // MARK: Durable tasks

  private func ask(_ task: String, _ path: String, _ fields: [(JavaField, JavaOutput)] = []) async throws
    -> ScriptedController.Answer
  {
    let layout = JavaLayout(task, 1, fields.map(\.0))
    let values = Dictionary(uniqueKeysWithValues: fields.map { ($0.0.name, $0.1) })
    return try await controller.answer(to: try controller.ask(about: path, .object(layout, values)))
  }

  private var control: String { workspace + "@tmp/durable-1" }

  /// Starts a pipeline's `sh` as the durable-task plugin does.
  func startDurable(_ script: String, cookie: String) async throws {
    _ = try await ask("hudson.FilePath$Mkdirs", workspace)
    _ = try await ask("hudson.FilePath$Mkdirs", control)
    let text = JavaField("content", "Ljava/lang/String;")
    _ = try await ask("hudson.FilePath$Write", control + "/script.sh", [(text, .string(script))])
    let c = control
    let wrapper =
      "({ while [ -d '\(c)' -a \\! -f '\(c)/jenkins-result.txt' ]; do touch '\(c)/jenkins-log.txt'; sleep 3; done } & "
      + "jsc=\(cookie); JENKINS_SERVER_COOKIE=$$jsc 'sh' -xe '\(c)/script.sh' > '\(c)/jenkins-log.txt' 2>&1; "
      + "echo $$? > '\(c)/jenkins-result.txt.tmp'; mv '\(c)/jenkins-result.txt.tmp' '\(c)/jenkins-result.txt'; wait)"
      + " >&- 2>&- &"
    _ = try await launch(["nohup", "sh", "-c", wrapper], log: nil, quiet: true)
  }

  private static let prefix = "org.jenkinsci.plugins.durabletask.FileMonitoringTask$FileMonitoringController$"

  /// The script's status, once it has one.
  func durableStatus() async throws -> Int64? {
    try await ask(Self.prefix + "StatusCheck", control + "/jenkins-result.txt").value?.integer
  }

  /// Waits for the script's end.
  func durableEnd() async throws -> Int64 {
    while true {
      if let status = try await durableStatus() { return status }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// A step's output as `returnStdout` gives it.
  func output(_ path: String, _ charset: String) async throws -> [UInt8]? {
    try await ask(
      Self.prefix + "GetOutput", path, [(JavaField("charset", "Ljava/lang/String;"), .string(charset))]
    ).value?.bytes
  }

  /// The script's output from a position on.
  func durableLog(from start: Int64 = 0) async throws -> String {
    let sink = Int32.random(in: 1...1_000_000)
    let answer = try await ask(
      Self.prefix + "WriteLog", control + "/jenkins-log.txt",
      [
        (JavaField("lastLocation", "J"), .long(start)),
        (JavaField("sink", "Ljava/io/OutputStream;"), Self.stream(sink)),
      ])
    return Self.text(answer.others, of: sink)
  }
}
