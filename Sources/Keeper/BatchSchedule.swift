import JourneymanBuildModel

/// Which tasks of a batch may start, which have ended and how: pure bookkeeping.
struct BatchSchedule {
  private enum Progress: Equatable {
    case waiting
    case running
    case ended(BuildStatus)
    /// It will never start.
    case abandoned
  }

  private let plan: BatchPlan
  private var progress: [Progress]

  init(_ plan: BatchPlan) {
    self.plan = plan
    progress = plan.tasks.map { _ in .waiting }
  }

  /// A task's own output directory, relative to the batch's.
  static func output(of identifier: String) -> String { "tasks/" + identifier }

  /// The next task all of whose dependencies have succeeded or may fail, marked as running.
  mutating func startNext() -> BatchPlan.Task? {
    guard
      let index = plan.tasks.indices.first(where: { index in
        progress[index] == .waiting && plan.tasks[index].dependsOn.allSatisfy { satisfied($0) == true }
      })
    else { return nil }
    progress[index] = .running
    return plan.tasks[index]
  }

  /// Takes the end of a task in.
  ///
  /// - Returns: that task's result, and those of the tasks that can never start because of it.
  mutating func finish(_ identifier: String, _ status: BuildStatus) -> [BatchTaskResult] {
    guard let index = index(of: identifier) else { return [] }
    progress[index] = .ended(status)
    var changed = [index]
    // A task behind an abandoned one is abandoned too: repeat until nothing changes.
    while let blocked = plan.tasks.indices.first(where: { index in
      progress[index] == .waiting && plan.tasks[index].dependsOn.contains { satisfied($0) == false }
    }) {
      progress[blocked] = .abandoned
      changed.append(blocked)
    }
    return changed.map(result)
  }

  /// Gives the tasks up that have not started.
  mutating func abandonRest() -> [BatchTaskResult] {
    let rest = plan.tasks.indices.filter { progress[$0] == .waiting }
    for index in rest { progress[index] = .abandoned }
    return rest.map(result)
  }

  /// Whether a task has failed whose failure counts.
  var hasFailed: Bool {
    zip(plan.tasks, progress).contains { task, progress in
      if case .ended(let status) = progress { status != .succeeded && !task.ignoreFailure } else { false }
    }
  }

  /// The batch's status: the worst of the tasks that count; a task that never started counts as failed.
  var status: BuildStatus {
    let counted = zip(plan.tasks, progress).filter { !$0.0.ignoreFailure }.map(\.1)
    if counted.contains(.ended(.fault)) { return .fault }
    return counted.allSatisfy { $0 == .ended(.succeeded) } ? .succeeded : .failed
  }

  /// Every task's result, in the order of the plan.
  var results: [BatchTaskResult] { plan.tasks.indices.map(result) }

  private func index(of identifier: String) -> Int? { plan.tasks.firstIndex { $0.identifier == identifier } }

  /// Whether what depends on the task may start: `nil` while that is open.
  private func satisfied(_ identifier: String) -> Bool? {
    guard let index = index(of: identifier) else { return false }
    switch progress[index] {
    case .waiting, .running: return nil
    case .ended(.succeeded): return true
    case .ended(.failed): return plan.tasks[index].ignoreFailure
    case .ended, .abandoned: return false
    }
  }

  private func result(_ index: Int) -> BatchTaskResult {
    let task = plan.tasks[index]
    let status: BuildStatus? = if case .ended(let status) = progress[index] { status } else { nil }
    return BatchTaskResult(
      identifier: task.identifier, status: status, ignoreFailure: task.ignoreFailure,
      output: status == nil ? nil : Self.output(of: task.identifier))
  }
}
