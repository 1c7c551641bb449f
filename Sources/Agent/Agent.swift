internal import Foundation
public import JourneymanSupport
internal import Synchronization

/// The listener: serves every controller of agent.conf until it is stopped, drained, or none is left to serve.
public final class Agent: Sendable {
  /// Makes the controller for a `[controller]` section.
  public typealias ControllerFactory = @Sendable (ControllerSettings) -> any Controller
  /// Reads agent.conf.
  public typealias Loader = @Sendable () async throws -> Settings

  /// What a controller sees of the agent.
  private struct Host: AgentHost {
    let settings: Settings
    let activity: AgentActivity
    let log: @Sendable (String) -> Void

    func report(_ message: String) { log(message) }
  }

  private enum Event: Sendable {
    case signal(Int32)
    case drain
    case drained
    case stop
    case reload(CheckedContinuation<String?, Never>?)
    case ended(name: String, number: Int, problem: (any Error)?)
    case tick
  }

  private struct Served {
    let settings: ControllerSettings
    let controller: any Controller
    let host: Host
    let number: Int
    let task: Task<Void, Never>
  }

  private let kinds: [ControllerSettings.Kind: ControllerFactory]
  private let load: Loader
  private let log: @Sendable (String) -> Void
  private let activity: AgentActivity
  private let notification: ServiceNotification
  private let events: AsyncStream<Event>
  private let happens: AsyncStream<Event>.Continuation
  private let initial: Settings
  /// `[agent]` as it is now.
  private let current: Mutex<AgentSettings>
  private let period: Duration

  /// Prepares to serve.
  ///
  /// - Parameters:
  ///   - kinds: the kinds of server this program knows.
  ///   - load: reads agent.conf again, when asked to.
  ///   - period: how often the health and metrics files are written.
  ///   - log: takes the lines of the agent's log.
  /// - Throws: ``AgentError`` when agent.conf names no controller, or one of a kind that is not among `kinds`.
  public init(
    _ settings: Settings, kinds: [ControllerSettings.Kind: ControllerFactory], load: Loader? = nil,
    period: Duration = .seconds(15), log: @escaping @Sendable (String) -> Void = Agent.logToStandardError
  ) throws(AgentError) {
    self.kinds = kinds
    self.load = load ?? { settings }
    self.period = period
    self.log = log
    initial = settings
    current = Mutex(settings.agent)
    activity = AgentActivity(executors: settings.agent.executors)
    notification = ServiceNotification()
    (events, happens) = AsyncStream.makeStream()
    try check(settings)
  }

  private func check(_ settings: Settings) throws(AgentError) {
    if settings.controllers.isEmpty {
      throw AgentError(
        .configuration, "agent.conf names no controller; add a section [controller \"NAME\"] with type and url")
    }
    for section in settings.controllers where kinds[section.kind] == nil {
      throw AgentError(
        .configuration,
        "controller '\(section.name)' is of type \(section.kind.rawValue), which this version does not serve yet;"
          + " builds run locally by 'journeyman run'")
    }
  }

  /// Writes a line to standard error, where a service's log is.
  public static func logToStandardError(_ line: String) {
    let line = Array("journeyman-agent: \(line)\n".utf8)
    try? FileSystem.writeAll(line, to: STDERR_FILENO, name: "standard error")
  }

  /// Serves all controllers side by side.
  ///
  /// SIGHUP, where it is among the signals, reads agent.conf again; any other one ends the agent.
  ///
  /// - Throws: ``AgentError`` when another agent has the work directory; the last error of a controller when none is
  ///   left to serve. The failure of one leaves the others alone.
  public func serve(signals: AsyncStream<Int32> = AsyncStream { $0.finish() }) async throws {
    // Each says whether the agent is over with it: with supervision it is, or when the socket could not be made.
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask { [happens] in
        for await number in signals { happens.yield(.signal(number)) }
        return false
      }
      let (listening, isListening) = AsyncStream<Void>.makeStream()
      group.addTask { [self] in
        defer { isListening.finish() }
        try await AgentControl(initial).serve(whenListening: { isListening.finish() }) { await self.answer($0) }
        return false
      }
      for await _ in listening {}
      group.addTask { [self] in
        try await supervise()
        return true
      }
      group.addTask { [self] in
        try await tick()
        return false
      }
      defer { group.cancelAll() }
      while let isOver = try await group.next(), !isOver {}
    }
  }

  // MARK: What is asked

  private func answer(_ request: AgentControl.Request) async -> AgentControl.Answer {
    var problem: String?
    switch request {
    case .status: break
    case .drain: happens.yield(.drain)
    case .stop: happens.yield(.stop)
    case .reload: problem = await withCheckedContinuation { happens.yield(.reload($0)) }
    }
    return AgentControl.Answer(status: activity.status, problem: problem)
  }

  // MARK: Supervision

  private func supervise() async throws {
    var settings = initial
    var served: [String: Served] = [:]
    var next = 0
    var lastProblem: (any Error)?
    defer {
      for one in served.values { one.task.cancel() }
    }
    func start(_ section: ControllerSettings) {
      guard let make = kinds[section.kind] else { return }
      next += 1
      let (number, controller) = (next, make(section))
      let host = Host(settings: settings, activity: activity, log: log)
      activity.serves(section.name, executors: section.executors)
      let task = Task { [happens, activity] in
        var problem: (any Error)?
        do { try await controller.serve(host) } catch { problem = error }
        activity.detach(section.name)
        happens.yield(.ended(name: section.name, number: number, problem: problem))
      }
      served[section.name] = Served(
        settings: section, controller: controller, host: host, number: number, task: task)
    }
    for section in settings.controllers { start(section) }
    notification.say("READY=1", "STATUS=serving \(settings.controllers.map(\.name).joined(separator: ", "))")

    var pending: Settings?
    for await event in events {
      switch event {
      case .signal(SIGHUP): happens.yield(.reload(nil))
      case .signal, .stop, .drained:
        notification.say("STOPPING=1")
        for one in served.values { one.task.cancel() }
        for one in served.values { await one.task.value }
        return
      case .drain:
        if activity.status.isDraining { continue }
        notification.say("STATUS=draining")
        let serving = Array(served.values)
        Task { [activity, happens, log] in
          async let idle: Void = activity.drain()
          for one in serving {
            do {
              try await one.controller.drain(one.host)
            } catch {
              log("\(one.controller.name): \(error); draining without its help")
            }
          }
          await idle
          happens.yield(.drained)
        }
      case .reload(let asker):
        notification.say("RELOADING=1")
        let problem = await reload(&pending)
        asker?.resume(returning: problem)
        notification.say("READY=1")
        if let problem { log("\(problem); the settings stay as they were") }
      case .ended(let name, let number, let problem):
        if served[name]?.number != number { continue }
        served[name] = nil
        if let problem {
          lastProblem = problem
          if served.isEmpty && pending == nil { throw problem }
          activity.isOffline(name, "\(problem)")
          log("\(name): \(problem)")
        } else {
          activity.leaves(name)
        }
        if served.isEmpty && pending == nil {
          if let lastProblem { throw lastProblem }
          return
        }
      case .tick: break
      }
      if let wanted = pending {
        pending = nil
        let isSame = wanted.withoutControllers == settings.withoutControllers
        settings = wanted
        current.withLock { $0 = wanted.agent }
        activity.allow(executors: settings.agent.executors)
        let busy = Set(activity.status.builds.map(\.controller))
        let names = Set(settings.controllers.map(\.name))
        for (name, one) in served {
          let section = settings.controllers.first { $0.name == name }
          if section == one.settings && isSame { continue }
          if busy.contains(name) {
            // Not in the middle of a build; asked again at the next tick.
            pending = wanted
            continue
          }
          served[name] = nil
          one.task.cancel()
          await one.task.value
          if !names.contains(name) { activity.leaves(name) }
        }
        for section in settings.controllers where served[section.name] == nil { start(section) }
      }
    }
  }

  /// - Returns: what is wrong with the file.
  private func reload(_ pending: inout Settings?) async -> String? {
    do {
      let settings = try await load()
      try check(settings)
      pending = settings
      log("agent.conf was read again")
      return nil
    } catch {
      return "\(error)"
    }
  }

  // MARK: Signs of life

  private func tick() async throws {
    let pause = min(period, notification.watchdogInterval ?? period)
    var kept: Int64 = 0
    while true {
      notification.say("WATCHDOG=1")
      happens.yield(.tick)
      let status = activity.status
      let settings = current.withLock { $0 }
      let before = kept
      kept = try await runBlocking { status.isWaiting ? ResidentMemory.giveBack(since: before) : before }
      try? await runBlocking {
        if let file = settings.healthFile, status.controllers.allSatisfy(\.isOnline) {
          try FileSystem.writeAtomically(
            Array((status.lines(now: Date().timeIntervalSince1970).joined(separator: "\n") + "\n").utf8), to: file)
        }
        if let file = settings.metricsFile {
          let text = AgentMetrics.text(status, residentBytes: AgentMetrics.residentBytes())
          try FileSystem.writeAtomically(Array(text.utf8), to: file)
        }
      }
      // The first time it is as soon as the agent is online.
      try await Task.sleep(for: kept == 0 ? min(pause, .seconds(1)) : pause)
    }
  }
}

extension AgentStatus {
  /// Whether there is nothing to do: then memory counts, not speed.
  fileprivate var isWaiting: Bool { builds.isEmpty && controllers.allSatisfy(\.isOnline) }
}

extension Settings {
  /// What concerns all controllers.
  fileprivate var withoutControllers: Settings {
    var settings = self
    settings.controllers = []
    return settings
  }
}
