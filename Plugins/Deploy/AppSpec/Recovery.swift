import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Brings a deployment group back to what it was before a deployment that failed, or that did not live to its end.
struct Recovery: Sendable {
  let group: DeploymentGroup
  let context: ActionContext
  let observer: @Sendable (String) -> Void

  /// Looks for a deployment that was killed, and finishes or undoes it.
  ///
  /// - Throws: `PluginError` when something could not be put back; the next try goes on from there.
  func recover(grace: Duration) async throws {
    let paths = group.paths
    guard let content = try InstallJournal.read(paths.journal) else { return }
    let id = content.deployment
    if try DeployedState.read(paths.state)?.deployment == id {
      try await HostFiles.onOwnThread { [group] in try group.close(id) }
      return
    }
    context.log("Deployment \(id) did not come to its end; what it changed is undone", .warning)
    let session = HookSession(file: paths.running(id) + "/process")
    await session.end(grace: grace, having: "DEPLOYMENT_ID=\(id)")
    try await undo()
    context.log("Deployment \(id) is undone: the files of before it are back")
  }

  /// Undoes what the journal says.
  ///
  /// - Throws: `PluginError` when something could not be put back.
  func undo() async throws {
    guard let content = try InstallJournal.read(group.paths.journal) else { return }
    var problems = await undoLabels(content)
    let undone = try await HostFiles.onOwnThread { [group, observer] in
      var undo = InstallUndo(content, group.paths, observer: observer)
      try undo.run(try InstallJournal(continuing: group.paths.journal))
      return (undo.problems, undo.notes)
    }
    for note in undone.1 { context.log(note, .warning) }
    problems += undone.0
    if !problems.isEmpty {
      let shown = problems.prefix(10).joined(separator: "; ")
      throw PluginError(
        .failed,
        "not everything could be put back: \(shown); what was taken away lies in "
          + "\(group.paths.saved(content.deployment)), and the next deployment tries again")
    }
    observer("undone")
    try await HostFiles.onOwnThread { [group] in try group.close(content.deployment) }
  }

  private func undoLabels(_ content: InstallJournal.Content) async -> [String] {
    let tools = MachineTools(context: context)
    var problems: [String] = []
    for (number, step) in content.steps.enumerated().reversed() where content.begun.contains(number) {
      do {
        switch step {
        case .label(let label): try await tools.unlabel(label)
        case .unlabel(let label): try await tools.label(label)
        default: break
        }
      } catch {
        // A label that was begun and not set cannot be taken away, which is what is wanted.
        context.log("the SELinux label of a file could not be put back: \(error)", .warning)
        if case .unlabel = step { problems.append("\(error)") }
      }
    }
    return problems
  }
}
