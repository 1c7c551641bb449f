internal import Foundation
internal import JourneymanSupport

/// The guest side of the protocol: answers `describe`, carries one action out, ends.
struct Guest<Plugin: ExternalPlugin>: Sendable {
  private let writer = MessageWriter(STDOUT_FILENO)

  /// Listens until the agent closes its end or the action has ended.
  ///
  /// - Returns: whether everything was said that was asked for.
  func serve() async -> Bool {
    let services = GuestServices(writer: writer)
    let (messages, continuation) = AsyncStream<Result<AgentMessage, any Error>>.makeStream()
    Thread.detachNewThread { @Sendable in
      var reader = MessageReader(STDIN_FILENO)
      do {
        while let message = try reader.next(AgentMessage.self) {
          if case .answer(let id, let answer) = message {
            services.take(answer, for: id)
          } else {
            continuation.yield(.success(message))
          }
        }
      } catch {
        continuation.yield(.failure(error))
      }
      services.close()
      continuation.finish()
    }
    return await follow(messages, services)
  }

  private func follow(_ messages: AsyncStream<Result<AgentMessage, any Error>>, _ services: GuestServices) async -> Bool
  {
    var action: Task<Bool, Never>?
    for await message in messages {
      switch message {
      case .success(.describe(let version)):
        if version != PluginProtocol.version { return fail("this plugin speaks protocol 1, not \(version)") }
        if !send(.manifest(Plugin.manifest)) { return false }
      case .success(.run(let order)):
        if action != nil { return fail("'run' was said twice") }
        action = Task { await carryOut(order, services) }
        // The agent closes its end only after the result, so that the stream is left by the action's end.
        if let running = action {
          Task {
            let said = await running.value
            exit(said ? 0 : 1)
          }
        }
      case .success(.cancel): action?.cancel()
      case .success(.answer): break
      case .failure(let error): return fail("\(error)")
      }
    }
    // Nobody listens any more.
    action?.cancel()
    return await action?.value ?? true
  }

  private func carryOut(_ order: AgentMessage.RunOrder, _ services: GuestServices) async -> Bool {
    if order.protocol != PluginProtocol.version {
      return fail("this plugin speaks protocol 1, not \(order.protocol)")
    }
    do {
      let data = try JSONEncoder().encode(order.configuration)
      let configuration = try JSONDecoder().decode(Plugin.Configuration.self, from: data)
      let plugin = try Plugin(configuration: configuration)
      let outcome = try await plugin.run(in: try context(order, services))
      for (key, value) in outcome.outputs.sorted(by: { $0.key < $1.key }) { _ = send(.output(key: key, value: value)) }
      for artifact in outcome.artifacts { _ = send(.artifact(artifact)) }
      for report in outcome.reports { _ = send(.report(report)) }
      return send(.result(outcome.status, outcome.message))
    } catch let error as PluginConfigurationError {
      return fail("with.\(error)")
    } catch let error as DecodingError {
      return fail("the configuration does not fit: \(error)")
    } catch {
      return fail("\(error)")
    }
  }

  private func context(_ order: AgentMessage.RunOrder, _ services: GuestServices) throws -> ActionContext {
    let workspace =
      try order.workspace.map { try WorkspaceFiles(directory: $0) }
      ?? WorkspaceFiles(refusing: "this plugin has no copy of the workspace; set \"workspace\": true in its manifest")
    return ActionContext(
      name: order.action, build: order.build, workspace: workspace, output: OutputFiles(path: order.output),
      environment: order.environment, secrets: PluginSecrets(order.secrets.mapValues { PluginSecret($0) }),
      artifacts: order.artifacts, services: services)
  }

  private func fail(_ message: String) -> Bool { send(.result(.failed, message)) }

  private func send(_ message: PluginMessage) -> Bool { (try? writer.send(message)) != nil }
}
