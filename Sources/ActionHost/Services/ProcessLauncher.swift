internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSandbox
internal import JourneymanSupport

/// Starts the processes of one action: in the build, in a sandbox of the action's own, or on the machine.
actor ProcessLauncher {
  private let plugin: String
  private let site: ActionSite
  private var ownSandbox: Task<Sandbox, any Error>?
  private let host = ProcessRunner()

  init(plugin: String, site: ActionSite) {
    self.plugin = plugin
    self.site = site
  }

  /// Ends what runs outside the build; the build's own processes end with it.
  func end() async {
    await host.end()
    if let sandbox = try? await ownSandbox?.value { await sandbox.end() }
  }

  /// - Throws: `PluginError` when the process could not be started; `CancellationError` when the action is ended.
  func run(_ process: ProcessRequest) async throws -> ProcessResult {
    let (runner, prepared) = try await prepare(process)
    var command = prepared
    command.teardown = site.teardown
    command.timeout = process.timeoutSeconds.map { .milliseconds(Int64(min(max($0, 0), 1e9) * 1000)) }
    command.standardError = process.printing == .discard ? nil : site.output
    let input = try await StandardInput.open(process.standardInput, in: site.directory)
    command.standardInput = input?.descriptor.number
    defer { withExtendedLifetime(input) {} }
    do {
      switch process.printing {
      case .log: command.standardOutput = site.output
      case .discard: command.standardOutput = nil
      case .capture(let limit):
        return try await OutputCapture.run(command, by: runner, limit: min(max(limit, 0), 256 << 20), Self.result)
      }
      return try Self.result(try await runner.run(command), [], false)
    } catch let error as SandboxError {
      throw PluginError(.process, error.message, underlying: error)
    }
  }

  private static func result(_ ended: CommandResult, _ output: [UInt8], _ isCut: Bool) throws -> ProcessResult {
    if ended.ending == .cancelled { throw CancellationError() }
    return ProcessResult(
      exitCode: ended.status.shellStatus, timedOut: ended.ending == .timedOut,
      durationSeconds: ended.resources.wall.seconds, output: output, isOutputCut: isCut)
  }

  private func prepare(_ process: ProcessRequest) async throws -> (any CommandRunner, Command) {
    switch process.place {
    case .build: return (site.runner, try site.command(process))
    case .own:
      let sandbox = try await own()
      let directory = (sandbox.workspacePaths.first ?? site.directory + "/files") + "/output"
      return (
        sandbox,
        Self.command(
          process, in: directory,
          [
            "PATH": Self.standardPath, "HOME": directory, "LANG": "C.UTF-8",
          ])
      )
    case .host:
      if !site.isHostGranted {
        throw PluginError(
          .notGranted,
          "the plugin '\(plugin)' may not start processes on this machine; add [plugin \"\(plugin)\"] host = true to "
            + "agent.conf to allow it")
      }
      return (host, Self.command(process, in: site.outputDirectory, site.hostEnvironment))
    }
  }

  private static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// Programs without a path are looked for by `env`, with the search path that the process itself gets.
  private static func command(_ process: ProcessRequest, in base: String, _ variables: [String: String]) -> Command {
    let (executable, arguments): (String, [String]) =
      switch process.program {
      case .shell(let text): ("/bin/sh", ["-c", text])
      case .program(let name, let arguments) where name.hasPrefix("/"): (name, arguments)
      case .program(let name, let arguments): ("/usr/bin/env", ["--", name] + arguments)
      }
    let directory = process.directory.map { $0.hasPrefix("/") ? $0 : base + "/" + $0 } ?? base
    return Command(
      executable: executable, arguments: arguments, environment: variables.merging(process.environment) { $1 },
      directory: directory, user: process.user)
  }

  private func own() async throws -> Sandbox {
    if let ownSandbox { return try await ownSandbox.value }
    let policy = try site.ownPolicy()
    let start = Task { try await Sandbox.start(policy) }
    ownSandbox = start
    return try await start.value
  }
}

extension ActionSite {
  /// The policy of a sandbox of the action's own: its files at `/action`, and nothing of the build.
  func ownPolicy() throws -> SandboxPolicy {
    var policy = policy
    let files = directory + "/files"
    for name in ["/files/output", "/files/home", "/scratch"] { try FileSystem.makeDirectories(directory + name) }
    let path = policy.mode == .strict ? "/action" : files
    policy.workspaces = [SandboxPolicy.Workspace(source: files, path: path, view: .agentDirectory)]
    policy.scratch = directory + "/scratch"
    return policy
  }
}

/// What a process reads, in a file without a name.
private final class StandardInput: Sendable {
  let descriptor: OwnedDescriptor

  private init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

  /// - Returns: `nil` when there is nothing to read.
  static func open(_ bytes: [UInt8], in directory: String) async throws -> StandardInput? {
    if bytes.isEmpty { return nil }
    let path = directory + "/input-\(UInt64.random(in: .min ... .max))"
    return try await runBlocking {
      let file = try FileSystem.open(path, flags: O_RDWR | O_CREAT | O_EXCL)
      unlink(path)
      try FileSystem.writeAll(bytes, to: file.number, name: "the input of a process")
      lseek(file.number, 0, SEEK_SET)
      return StandardInput(file)
    }
  }
}
