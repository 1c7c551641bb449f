import JourneymanBuildModel
import JourneymanBuildspec

/// Turns the `batch` of a buildspec into the tasks that a keeper runs.
enum BatchPlanner {
  /// The plan of a batch.
  ///
  /// Compute types, images, fleets and privileged mode belong to a cloud and have no meaning here; the warnings say so.
  static func plan(_ batch: Buildspec.Batch) -> (plan: BatchPlan, warnings: [String]) {
    var unused: Set<String> = []
    let tasks = batch.tasks.map { task in
      let environment = task.environment
      if environment.computeType != nil { unused.insert("compute-type") }
      if environment.fleet != nil { unused.insert("fleet") }
      if environment.image != nil { unused.insert("image") }
      if environment.isPrivileged == true { unused.insert("privileged-mode") }
      if environment.type != nil { unused.insert("type") }
      if task.hasDebugSession { unused.insert("debug-session") }
      return BatchPlan.Task(
        identifier: task.identifier, buildspec: task.buildspec,
        variables: Dictionary(environment.variables.map { ($0.name, $0.value) }) { $1 }, dependsOn: task.dependsOn,
        ignoreFailure: task.ignoresFailure)
    }
    let warnings = unused.sorted().map { "batch: \($0) has no meaning on this machine and is ignored" }
    return (BatchPlan(failFast: batch.failsFast, tasks: tasks), warnings)
  }
}
