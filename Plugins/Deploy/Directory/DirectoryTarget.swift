import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Releases side by side in a directory of this machine.
struct DirectoryTarget: DeployTarget {
  let source: String
  let releases: ReleaseSettings

  func deploy(_ context: ActionContext) async throws -> ActionOutcome {
    try context.requireHost(plugin: "deploy", "deploying to this machine")
    let plan = releases.plan(for: context)
    let tree = try await SourceTree(source, of: context.workspace)
    if tree.fileCount == 0 { return .failed("there is nothing in \(source) to deploy") }
    let host = ReleaseHost(plan: plan, context: context)
    context.log("Deploying \(tree.fileCount) files as \(plan.release) to \(plan.path)")
    do {
      try await host.run(.begin)
    } catch let error as ReleaseStepError {
      _ = await Task { await host.undo() }.value
      return .failed("nothing was deployed: \(error)")
    }
    do {
      try await tree.copy(to: plan.staging)
      try await host.run(.seal)
      try await host.run(.switchOver)
    } catch {
      // The build may have been stopped: going back must not stop with it.
      let outcome = await Task { await host.undo() }.value
      if error is CancellationError { throw error }
      return .failed("\(error); \(outcome)", outputs: ["release": plan.release])
    }
    do {
      try await host.run(.finish)
    } catch {
      context.log("the release is in use, but old ones were not removed: \(error)", .warning)
    }
    return .succeeded("\(plan.path)/current is \(plan.release)", outputs: ["release": plan.release])
  }
}

/// Runs the steps of a deployment on this machine.
struct ReleaseHost: Sendable {
  let plan: ReleasePlan
  let context: ActionContext

  /// - Throws: ``ReleaseStepError`` with the last lines the step printed.
  func run(_ step: ReleaseStep) async throws {
    let result = try await context.run(
      ProcessRequest(
        "/bin/sh", ["-c", "exec 2>&1\n" + ReleaseScript.text, "deploy"] + plan.arguments(step), place: .host,
        printing: .capture(limit: 1 << 20)))
    let lines = StepOutput.lines(result.output)
    for line in lines { context.log(line) }
    if result.isSuccess { return }
    throw ReleaseStepError(host: nil, message: StepOutput.message(lines, step, status: result.exitCode))
  }

  /// Goes back as far as the deployment has come.
  ///
  /// - Returns: what came of it, for people.
  func undo() async -> String {
    do {
      try await run(.undo)
      return "everything is as it was before"
    } catch {
      return "going back failed: \(error)"
    }
  }
}
