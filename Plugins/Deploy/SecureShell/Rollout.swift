import JourneymanActionKit

/// Brings a release to several machines, in waves, or back from all of them.
struct Rollout: Sendable {
  /// How it ended.
  enum End: Sendable {
    /// Every machine uses the release.
    case succeeded
    /// None does; why.
    case failed(String)
  }

  let machines: [RemoteMachine]
  let waves: RolloutStrategy
  let context: ActionContext

  /// How many machines are talked to at a time, whatever the strategy: each takes a process here.
  private static let mostConnections = 16

  /// - Throws: `CancellationError` when the build was stopped; the machines have gone back then, too.
  func run(archive: String) async throws -> End {
    let staging = await each(machines) { try await $0.run(.receive, input: archive) }
    if let end = try await goBack(from: [machines], after: staging, nil) { return end }
    let groups = waves.waves(of: machines)
    for (index, group) in groups.enumerated() {
      let names = group.map(\.host.name).joined(separator: ", ")
      context.log("Wave \(index + 1) of \(groups.count): \(names)")
      context.progress("wave", done: Int64(index), total: Int64(groups.count))
      let switching = await each(group) { try await $0.run(.switchOver) }
      let later = groups[(index + 1)...].flatMap { $0 }.map(\.host.name).joined(separator: ", ")
      let stopped = "wave \(index + 1) of \(groups.count) failed" + (later.isEmpty ? "" : "; never switched: \(later)")
      if let end = try await goBack(from: groups.reversed(), after: switching, stopped) { return end }
    }
    for (machine, error) in await each(machines, { try await $0.run(.finish) }) {
      context.log("\(machine.host.name): the release is in use, but old ones were not removed: \(error)", .warning)
    }
    return .succeeded
  }

  /// Undoes everything when something failed, as few machines at a time as it was done.
  ///
  /// - Parameter what: how far it came; `nil` before any machine has switched.
  /// - Returns: `nil` when nothing failed.
  private func goBack(
    from groups: [[RemoteMachine]], after failures: [(RemoteMachine, any Error)], _ what: String?
  ) async throws -> End? {
    if failures.isEmpty { return nil }
    for (machine, error) in failures { context.log(Self.sentence(machine, error), .error) }
    // The build may have been stopped: going back must not stop with it.
    let stuck = await Task {
      var stuck: [(RemoteMachine, any Error)] = []
      for group in groups { stuck += await each(group) { try await $0.run(.undo) } }
      return stuck
    }.value
    for (machine, error) in stuck {
      // Before the switch `current` is as it was, and the next deployment removes what was written.
      if what == nil && failures.contains(where: { $0.0.host == machine.host }) { continue }
      context.log("\(machine.host.name): going back failed: \(error)", .error)
    }
    if failures.contains(where: { $0.1 is CancellationError }) {
      throw CancellationError()
    }
    let reasons = failures.prefix(3).map { Self.sentence($0.0, $0.1) }.joined(separator: "; ")
    let others = failures.count > 3 ? " and \(failures.count - 3) more" : ""
    guard let what else { return .failed("nothing was switched; \(reasons)\(others)") }
    let back =
      stuck.isEmpty
      ? "every machine is as it was before"
      : "going back failed on \(stuck.map(\.0.host.name).joined(separator: ", ")): look at them"
    return .failed("\(what); \(reasons)\(others); \(back)")
  }

  private static func sentence(_ machine: RemoteMachine, _ error: any Error) -> String {
    let text = "\(error)"
    return text.contains(machine.host.name) ? text : "\(machine.host.name): \(text)"
  }

  /// Does something on machines at the same time, and goes on with the others when one fails.
  ///
  /// - Returns: the failures, in the order of the machines.
  private func each(
    _ machines: [RemoteMachine], _ work: @escaping @Sendable (RemoteMachine) async throws -> Void
  ) async -> [(RemoteMachine, any Error)] {
    let failures = await withTaskGroup(of: (Int, (any Error)?).self) { group in
      var failures: [(Int, any Error)] = []
      var next = 0
      func start() {
        guard next < machines.count else { return }
        let (index, machine) = (next, machines[next])
        next += 1
        group.addTask {
          do {
            try await work(machine)
            return (index, nil)
          } catch {
            return (index, error)
          }
        }
      }
      for _ in 0..<Self.mostConnections { start() }
      while let (index, error) = await group.next() {
        if let error { failures.append((index, error)) }
        start()
      }
      return failures
    }
    return failures.sorted { $0.0 < $1.0 }.map { (machines[$0.0], $0.1) }
  }
}
