internal import Foundation
internal import JourneymanActionKit
internal import JourneymanSandbox
internal import JourneymanSupport

/// Runs one action by an external plugin.
struct GuestRun {
  let files: ExternalPluginFiles
  let configuration: JSONValue
  let session: ActionSession

  /// How long a plugin that was asked to end has before signals follow.
  private static let patience = Duration.seconds(2)

  /// - Throws: `PluginError` that says what the plugin did wrong; `CancellationError` when the action was ended.
  func run() async throws -> ActionOutcome {
    let workspace = files.manifest.workspace ? session.context.workspace.descriptor : nil
    let room: GuestRoom
    do {
      room = try await GuestRoom.open(files, session.site, workspace: workspace)
    } catch let error as SandboxError {
      throw PluginError(.process, "the sandbox of the plugin could not be made: \(error.message)", underlying: error)
    }
    do {
      let outcome = try await converse(in: room)
      await room.sandbox.end()
      return outcome
    } catch {
      await room.sandbox.end()
      throw error
    }
  }

  private func converse(in room: GuestRoom) async throws -> ActionOutcome {
    let context = session.context
    let process = try GuestProcess(
      in: room.sandbox, executable: room.executable, environment: room.environment(context.environment),
      directory: room.output, teardown: session.site.teardown)
    let conversation = GuestConversation(context: context, writer: process.writer)
    let hasEnded = Flag()
    let running = Task.detached {
      defer { hasEnded.set() }
      return try await process.run()
    }
    let listening = Task.detached { try? await runBlocking { conversation.listen(to: process.output) } }
    let errors = Task.detached { try? await runBlocking { conversation.passOn(errors: process.errors) } }
    let order = order(room)
    let asking = Task.detached {
      guard (try? await runBlocking { try process.writer.send(AgentMessage.run(order)) }) != nil else { return }
      await Self.wait { process.releaseWhenHeard() }
    }
    _ = await withTaskCancellationHandler {
      await Self.wait { conversation.settlement != nil || hasEnded.isSet }
    } onCancel: {
      conversation.settle(.cancelled)
    }
    let endedByItself = await finish(process, conversation, running, hasEnded)
    // With the sandbox every process is gone that could hold a channel open.
    await room.sandbox.end()
    let end = await running.result
    process.closeInput()
    await asking.value
    await listening.value
    await errors.value
    await conversation.cancelRequests()
    return try judge(conversation, end, endedByItself)
  }

  private func order(_ room: GuestRoom) -> AgentMessage.RunOrder {
    let context = session.context
    return AgentMessage.RunOrder(
      protocol: PluginProtocol.version, action: context.name, configuration: configuration, build: context.build,
      workspace: room.workspace, output: room.output, environment: context.environment,
      secrets: Dictionary(
        context.secrets.names.compactMap { name in context.secrets[name].map { (name, $0.reveal()) } }
      ) { $1 },
      artifacts: context.artifacts)
  }

  /// Lets the plugin end by itself where that makes sense, else has it ended.
  ///
  /// - Returns: whether it ended by itself.
  private func finish(
    _ process: GuestProcess, _ conversation: GuestConversation, _ running: Task<CommandResult, any Error>,
    _ hasEnded: Flag
  ) async -> Bool {
    switch conversation.settlement {
    case .violation: return false
    case .cancelled:
      Task.detached { try? await runBlocking { try process.writer.send(AgentMessage.cancel(reason: "ended")) } }
      if await Self.wait(Self.patience, until: { hasEnded.isSet }) { return true }
      running.cancel()
      await Self.wait(session.site.grace + Self.patience) { hasEnded.isSet }
      return false
    case .result, .silence, nil:
      process.closeInput()
      if await Self.wait(session.site.grace, until: { hasEnded.isSet }) { return true }
      if case .silence? = conversation.settlement { return false }
      session.context.log(
        "the plugin went on for \(session.site.grace.humanReadable) after its result and was ended", .warning)
      return false
    }
  }

  private func judge(
    _ conversation: GuestConversation, _ end: Result<CommandResult, any Error>, _ endedByItself: Bool
  ) throws -> ActionOutcome {
    let name = files.manifest.name
    switch conversation.settlement {
    case .cancelled: throw CancellationError()
    case .violation(let sentence):
      throw PluginError(.communication, "the plugin '\(name)' does not follow the protocol: \(sentence)")
    case .result(let status, let message):
      if conversation.linesAfterTheResult > 0 {
        session.context.log(
          "the plugin said \(conversation.linesAfterTheResult) more lines after its result, which were dropped",
          .warning)
      }
      var outcome = conversation.outcome
      outcome.status = status
      outcome.message = message
      return outcome
    case .silence, nil:
      if endedByItself { throw silence(name, end) }
      throw PluginError(
        .communication, "the plugin '\(name)' closed its output and went on, without a result, and was ended")
    }
  }

  private func silence(_ name: String, _ end: Result<CommandResult, any Error>) -> PluginError {
    switch end {
    case .failure(let error):
      return PluginError(.process, "the plugin '\(name)' could not be started: \(error)", underlying: error)
    case .success(let result):
      let way: String
      switch (result.ending, result.status) {
      case (.limit(let sentence), _): way = "was ended: \(sentence)"
      case (_, .exited(let status)): way = "ended with exit status \(status)"
      case (_, .signaled(let signal)): way = "was ended by signal \(signal)"
      }
      return PluginError(.communication, "the plugin '\(name)' \(way) before it gave a result")
    }
  }

  /// Waits for a condition, whether or not the calling task is cancelled.
  ///
  /// - Returns: whether it came about within the limit.
  @discardableResult
  private static func wait(
    _ limit: Duration? = nil, until condition: @escaping @Sendable () -> Bool
  ) async -> Bool {
    await Task.detached {
      let deadline = limit.map { ContinuousClock.now + $0 }
      while !condition() {
        if let deadline, ContinuousClock.now > deadline { return false }
        try? await Task.sleep(for: .milliseconds(5))
      }
      return true
    }.value
  }
}

extension ActionSite {
  /// Between asking a process to end and ending it.
  var grace: Duration {
    for step in teardown { if case .terminate(let grace) = step { return grace } }
    return .seconds(10)
  }
}

extension RegisteredPlugin {
  /// A plugin that is a program of its own.
  init(_ files: ExternalPluginFiles) {
    self.init(manifest: files.manifest, origin: .external(directory: files.directory)) { configuration in
      let json = ConfigurationJSON.object(configuration.node, configuration.schema.keys)
      return { session in try await GuestRun(files: files, configuration: json, session: session).run() }
    }
  }
}
