internal import Foundation
internal import JourneymanSupport
internal import Synchronization

/// What happens in the agent: the controllers say when they come and go, and builds take executors here.
///
/// Executors are shared by all controllers. A build has one from its first command to the end of its sandbox; who comes
/// when none is free waits, first come, first served.
public final class AgentActivity: Sendable {
  /// A build, named by its controller.
  struct Key: Hashable {
    let controller: String
    let build: String
  }

  private struct Waiting {
    let number: Int
    let key: Key
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var status: AgentStatus
    var running: [Key: Double] = [:]
    /// How many executors a controller may use, where it may not use all.
    var shares: [String: Int] = [:]
    var order: [Key] = []
    var waiting: [Waiting] = []
    var next = 0
    var idle: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  /// Begins with nothing running.
  ///
  /// - Parameter executors: how many builds may run at once.
  public init(executors: Int) {
    state = Mutex(
      State(
        status: AgentStatus(
          processID: getpid(), version: ProgramVersion.current, startedAt: Self.now, executors: max(1, executors))))
  }

  private static var now: Double { Date().timeIntervalSince1970 }

  /// The status now.
  public var status: AgentStatus {
    state.withLock { state in
      var status = state.status
      status.builds = state.order.map { key in
        AgentStatus.Build(controller: key.controller, name: key.build, since: state.running[key] ?? 0)
      }
      status.waiting = state.waiting.count
      return status
    }
  }

  // MARK: Controllers

  /// A controller of agent.conf is being served from now on.
  ///
  /// - Parameter executors: how many of the executors it may use; `nil` is all.
  public func serves(_ controller: String, executors: Int? = nil) {
    let woken = state.withLock { state in
      state.shares[controller] = executors
      state.status.controllers.removeAll { $0.name == controller }
      state.status.controllers.append(AgentStatus.Connection(name: controller, since: Self.now))
      return Self.admit(&state)
    }
    for waiting in woken { waiting.continuation.resume() }
  }

  /// A controller is not served any more.
  public func leaves(_ controller: String) {
    state.withLock { state in state.status.controllers.removeAll { $0.name == controller } }
  }

  /// The connection stands.
  public func isOnline(_ controller: String) {
    update(controller) { connection in
      connection.isOnline = true
      connection.since = Self.now
      connection.problem = nil
    }
  }

  /// The connection was lost, or could not be made.
  ///
  /// - Parameter problem: why, for people.
  public func isOffline(_ controller: String, _ problem: String) {
    update(controller) { connection in
      if connection.isOnline {
        connection.since = Self.now
        connection.reconnects += 1
      }
      connection.isOnline = false
      connection.problem = problem
    }
  }

  private func update(_ controller: String, _ change: (inout AgentStatus.Connection) -> Void) {
    state.withLock { state in
      guard let index = state.status.controllers.firstIndex(where: { $0.name == controller }) else { return }
      change(&state.status.controllers[index])
    }
  }

  /// A request of a controller could not be carried out.
  public func requestFailed() { state.withLock { $0.status.failures += 1 } }

  // MARK: Executors

  /// Waits for an executor, unless the build has one.
  ///
  /// - Parameter waiting: called when none is free, with the number of executors, whether they are the controller's share
  ///   of all, and the number of builds that wait already.
  /// - Throws: `CancellationError` when the task is cancelled before there is one.
  public func begin(
    _ build: String, of controller: String,
    waiting: @Sendable (_ executors: Int, _ isShare: Bool, _ before: Int) async -> Void
  ) async throws {
    let key = Key(controller: controller, build: build)
    let ahead: (executors: Int, isShare: Bool, before: Int)? = state.withLock { state in
      if Self.take(key, &state) { return nil }
      guard let share = state.shares[controller], Self.running(controller, state) >= share else {
        return (state.status.executors, false, state.waiting.count)
      }
      return (share, true, state.waiting.count { $0.key.controller == controller })
    }
    guard let ahead else { return }
    await waiting(ahead.executors, ahead.isShare, ahead.before)
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isTaken = state.withLock { state in
          if Self.take(key, &state) { return true }
          state.waiting.append(Waiting(number: number, key: key, continuation: continuation))
          return false
        }
        if isTaken { continuation.resume() } else if Task.isCancelled { cancel(number) }
      }
    } onCancel: {
      cancel(number)
    }
  }

  /// Gives a build that runs already an executor, even if there is none: it was begun by an earlier process.
  public func resume(_ build: String, of controller: String) {
    state.withLock { state in Self.start(Key(controller: controller, build: build), &state) }
  }

  /// A build has ended: its executor is for the next one.
  public func end(_ build: String, of controller: String) {
    let key = Key(controller: controller, build: build)
    let (woken, idle) = state.withLock { state -> ([Waiting], [CheckedContinuation<Void, Never>]) in
      guard let since = state.running.removeValue(forKey: key) else { return ([], []) }
      state.order.removeAll { $0 == key }
      state.status.ended += 1
      state.status.buildSeconds += max(0, Self.now - since)
      return (Self.admit(&state), Self.takeIdle(&state))
    }
    for waiting in woken { waiting.continuation.resume() }
    for continuation in idle { continuation.resume() }
  }

  /// Lets go of a controller's builds, which run on without this process.
  public func detach(_ controller: String) {
    let idle = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.order.removeAll { $0.controller == controller }
      state.running = state.running.filter { $0.key.controller != controller }
      return Self.takeIdle(&state)
    }
    for continuation in idle { continuation.resume() }
  }

  /// Changes how many builds may run at once; those that run go on.
  public func allow(executors: Int) {
    let woken = state.withLock { state in
      state.status.executors = max(1, executors)
      return Self.admit(&state)
    }
    for waiting in woken { waiting.continuation.resume() }
  }

  /// Takes no more work, and waits until what runs has ended. Builds that wait for an executor keep waiting: the
  /// controller gives them to another node, or to this one when it comes back.
  public func drain() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        state.status.isDraining = true
        if state.running.isEmpty { return true }
        state.idle.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
  }

  private func cancel(_ number: Int) {
    let waiting = state.withLock { state -> Waiting? in
      guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
      return state.waiting.remove(at: index)
    }
    waiting?.continuation.resume(throwing: CancellationError())
  }

  private static func take(_ key: Key, _ state: inout State) -> Bool {
    if state.running[key] != nil { return true }
    // Who waits already is served first, unless it is for its controller's share alone.
    if state.status.isDraining || !hasRoom(key.controller, state)
      || state.waiting.contains(where: { hasRoom($0.key.controller, state) })
    {
      return false
    }
    start(key, &state)
    return true
  }

  private static func running(_ controller: String, _ state: State) -> Int {
    state.running.keys.count { $0.controller == controller }
  }

  private static func hasRoom(_ controller: String, _ state: State) -> Bool {
    state.running.count < state.status.executors
      && state.shares[controller].map { running(controller, state) < $0 } ?? true
  }

  private static func start(_ key: Key, _ state: inout State) {
    if state.running[key] != nil { return }
    state.running[key] = now
    state.order.append(key)
  }

  /// Gives free executors to those that wait; parallel commands of one build go together.
  private static func admit(_ state: inout State) -> [Waiting] {
    var woken: [Waiting] = []
    if state.status.isDraining { return [] }
    while let first = state.waiting.first(where: { hasRoom($0.key.controller, state) }) {
      start(first.key, &state)
      woken += state.waiting.filter { $0.key == first.key }
      state.waiting.removeAll { $0.key == first.key }
    }
    return woken
  }

  private static func takeIdle(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
    guard state.running.isEmpty else { return [] }
    defer { state.idle = [] }
    return state.idle
  }
}
