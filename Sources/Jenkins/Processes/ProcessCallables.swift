internal import Foundation
internal import JourneymanJavaStream
internal import JourneymanSandbox
internal import JourneymanSupport

/// What `hudson.Launcher` asks: starting processes in the build's sandbox, and ending them.
struct ProcessCallables: Sendable {
  let files: NodeFiles
  let sandboxes: BuildSandboxes
  let setup: BuildSandboxes.Setup
  /// What builds begin with, and what Jenkins takes for the agent's environment.
  let environment: [String: String]

  private static let environmentLayout = JavaLayout(
    "hudson.EnvVars", 4_320_331_661_987_259_022, [JavaField("platform", "Lhudson/Platform;")],
    extends: JavaOutput.treeMapLayout)
  private static let comparator = JavaLayout(
    "java.lang.String$CaseInsensitiveComparator", 8_575_799_808_933_029_326)
  private static let platform = JavaLayout(enumeration: "hudson.Platform")
  private static let handler = JavaLayout(
    "hudson.remoting.RemoteInvocationHandler", 1,
    [
      JavaField("autoUnexportByCaller", "Z"), JavaField("goingHome", "Z"), JavaField("oid", "I"),
      JavaField("recordCreatedAt", "Z"), JavaField("userProxy", "Z"), JavaField("userSpace", "Z"),
      JavaField("origin", "Ljava/lang/Throwable;"),
    ], writesCustomData: true)
  private static let process = JavaLayout(proxy: ["hudson.Launcher$RemoteProcess", "hudson.remoting.IReadResolve"])

  func add(to table: inout CallableTable) {
    table["hudson.EnvVars$GetEnvVars"] = { _, _ in environmentAnswer() }
    table["hudson.tasks.Shell$DescriptorImpl$Shellinterpreter"] = { _, _ in .string("/bin/sh") }
    table["hudson.Launcher$RemoteLaunchCallable"] = { request, call in try await launch(request, call) }
    table["hudson.Launcher$RemoteLauncher$KillTask"] = { request, _ in
      try await sandboxes.kill(request["modelEnvVars"].stringMap ?? [:])
      return .null
    }
  }

  /// The variables of the agent that builds may see, as for builds that run locally.
  static func inherited(_ environment: [String: String], home: String) -> [String: String] {
    let names: Set<String> = [
      "LANG", "TZ", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    ]
    var variables = environment.filter { names.contains($0.key) || $0.key.hasPrefix("LC_") }
    variables["PATH"] = environment["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    variables["HOME"] = home
    return variables
  }

  private func environmentAnswer() -> JavaOutput {
    let entries = environment.map { (key: $0.key, value: $0.value) }.sorted {
      $0.key.lowercased() < $1.key.lowercased()
    }
    return .object(
      Self.environmentLayout,
      ["comparator": .object(Self.comparator), "platform": .enumeration(Self.platform, "UNIX")],
      custom: [JavaOutput.treeMapLayout.name: JavaOutput.treeMapContents(entries)])
  }

  // MARK: Launching

  private func launch(_ request: JavaObject, _ call: Call) async throws -> JavaOutput {
    var variables = environment
    for pair in request["env"].list ?? [] {
      guard let text = pair.string, let equals = text.firstIndex(of: "="), !text.utf8.contains(0) else { continue }
      variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    let words = (request["cmd"].list ?? []).compactMap { $0.string.map { CommandExpansion.expand($0, variables) } }
    guard !words.isEmpty, !words.contains(where: { $0.utf8.contains(0) }) else {
      throw JenkinsError(.protocolBroken, "the controller launches a command without words")
    }
    let directory = request["workDir"].string ?? variables["WORKSPACE"] ?? files.directory
    let workspace = variables["WORKSPACE"] ?? directory
    let check = ProgramCheck(program: words[0], directory: directory)
    try await runBlocking {
      // Both have to be the node's; where they are, the sandbox sees the workspace alone.
      _ = try files.place(directory)
      if try files.place(workspace).names.isEmpty {
        throw JenkinsError(
          .forbidden, "the agent runs nothing in the node's directory itself: a build needs a workspace")
      }
      try files.makeDirectories(workspace)
      try files.makeDirectories(workspace + "@tmp")
      do {
        if try files.directory(directory) == nil { throw check.failure(ENOENT) }
      } catch let error as SystemError where error.number == ENOTDIR {
        throw check.failure(ENOTDIR)
      }
    }
    let key = BuildSandboxes.key(of: variables)
    if variables["HOME"] == environment["HOME"] {
      variables["HOME"] = BuildSandboxes.home(setup.settings, setup.state, key)
    }
    variables.merge(await sandboxes.jobVariables(path: variables["PATH"])) { $1 }
    let listener = ListenerOutput(request["listener"])
    let outlives = BuildSandboxes.outlivesConnection(variables)
    let sandbox = try await sandboxes.sandbox(for: key, workspace: workspace, outlivesConnection: outlives) { line in
      guard var log = listener else { return }
      try? await call.channel.write(log.take(Array(line.utf8)), to: log.stream, for: call.id)
    }
    let output = ListenerOutput(request["stdoutListener"]) ?? ListenerOutput(request["out"])
    if request["envVarsFilterRuleWrapper"].object?["rules"].list?.isEmpty == false, let log = listener {
      try await say(
        "the agent does not apply the environment filters that Jenkins is configured with: they are Java code\n",
        to: log,
        call)
    }
    if request["quiet"].boolean != true, let log = ListenerOutput(request["listener"]) {
      try await announce(words, request["masks"], directory, log, call)
    }
    try await check.check(in: sandbox, variables)
    let streams = Set(StreamReferences(in: request).outputs)
    // Nobody would learn of a process that was given up meanwhile.
    try Task.checkCancellation()
    return try await start(words, variables, directory, sandbox, output, Input(request), streams, call)
  }

  /// Says in the build's log what is started; words that Jenkins marks as secret are starred.
  private func announce(
    _ words: [String], _ masks: JavaValue, _ directory: String, _ log: ListenerOutput, _ call: Call
  ) async throws {
    let isMasked = masks.list?.map { $0.boolean == true } ?? []
    let shown = words.enumerated().map {
      isMasked.indices.contains($0) && isMasked[$0] ? "********" : Self.quoted($1)
    }
    try await say("[\(PathName.last(of: directory))] $ \(shown.joined(separator: " "))\n", to: log, call)
  }

  /// A word as Jenkins prints it.
  private static func quoted(_ word: String) -> String {
    if !word.utf8.contains(UInt8(ascii: " ")) { return word }
    return word.utf8.contains(UInt8(ascii: "\"")) ? "'\(word)'" : "\"\(word)\""
  }

  private func say(_ line: String, to log: ListenerOutput, _ call: Call) async throws {
    var log = log
    let line = URLPasswords.masked(line)
    try await call.channel.write(log.take(Array(line.utf8)) + log.flush(), to: log.stream, for: call.id)
  }

  /// Where a process's standard input comes from.
  private enum Input {
    case nothing
    /// A stream that the controller reads for this side.
    case stream(Int32)
    /// The controller writes, when it wants to.
    case controller

    init(_ request: JavaObject) throws {
      if request["reverseStdin"].boolean == true {
        self = .controller
      } else if request["in"].isNull {
        self = .nothing
      } else if let number = StreamReferences.input(request["in"]) {
        self = .stream(number)
      } else {
        throw JenkinsError(.unsupported, "this agent does not know the kind of standard input that a process is given")
      }
    }

    var needsPipe: Bool {
      if case .nothing = self { false } else { true }
    }

    /// - Returns: the number under which the controller can write to it.
    func connect(_ input: ProcessInput, _ call: Call) -> Int32? {
      switch self {
      case .nothing: return nil
      case .controller: return call.channel.export(input)
      case .stream(let number):
        let source = RemoteInput(number: number, channel: call.channel, piece: Self.piece)
        Task { await input.run(source) }
        return nil
      }
    }

    /// How much is asked for at once.
    private static let piece: Int32 = 64 << 10
  }

  private func start(
    _ words: [String], _ variables: [String: String], _ directory: String, _ sandbox: DurableSandbox,
    _ output: ListenerOutput?, _ input: Input, _ streams: Set<Int32>, _ call: Call
  ) async throws -> JavaOutput {
    var pipe = try JourneymanSupport.Pipe(capacity: 1 << 20)
    // The shell finds the program by the build's own search path.
    var command = Command(
      executable: "/bin/sh", arguments: ["-c", "exec \"$@\"", "sh"] + words, environment: variables,
      directory: directory)
    var pump: OutputPump?
    if output != nil, let readEnd = pipe.readEnd.take() { pump = OutputPump(readEnd) }
    if pump != nil {
      command.standardOutput = pipe.writeEnd?.number
      command.standardError = pipe.writeEnd?.number
    }
    let feeding = try input.needsPipe ? ProcessInput() : nil
    command.standardInput = feeding?.source
    let id = try sandbox.start(command)
    pipe.writeEnd = nil
    pipe.readEnd = nil
    feeding?.closeReadEnd()
    let inputNumber = feeding.flatMap { input.connect($0, call) }
    call.keepStreams()
    let carrying = Task { [pump] in
      if let pump, let output { await pump.run(output, call) }
      for stream in streams { try? await call.channel.unexport(stream) }
    }
    let grace = setup.grace
    let end = Task { [pump] in
      let result = try await sandbox.result(of: id, teardown: [.terminate(after: grace), .kill])
      sandbox.forget(id)
      await pump?.drain()
      return result.status.shellStatus
    }
    let number = call.channel.export(
      RemoteProcess(end: end, carrying: carrying, isFollowed: output != nil, input: inputNumber))
    return Self.proxy(Self.process, number)
  }

  /// An object of this side for the controller to call.
  static func proxy(_ layout: JavaLayout, _ number: Int32) -> JavaOutput {
    .object(
      layout,
      [
        "h": .object(
          handler,
          [
            "autoUnexportByCaller": .boolean(true), "oid": .int(number), "recordCreatedAt": .boolean(true),
            "userProxy": .boolean(true), "userSpace": .boolean(true),
          ])
      ])
  }
}
