import Foundation
import JourneymanActionHost
import JourneymanActionKit
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSandbox
import JourneymanSupport

/// The buildspec's `actions`: checked before any phase, carried out after the phase they name or after all of them.
extension BuildSession {
  /// Prepares every action, or says everything that is wrong with them.
  ///
  /// - Throws: ``BuildError`` when one of them cannot run.
  mutating func prepareActions(_ buildspec: Buildspec, file: String, in workspace: Workspace) throws {
    if buildspec.actions.isEmpty { return }
    let catalog = PluginCatalog(
      builtIn: plugins, settings: request.settings.plugins,
      workspaces: [workspace.directory, request.stateDirectory])
    let (prepared, problems) = ActionCheck.prepare(buildspec.actions, plugins: catalog, file: file)
    for problem in problems { link.emit(.message(.error, "\(problem)")) }
    if let problem = problems.first { throw BuildError(.buildspec, problem.message) }
    for action in prepared {
      if let refusal = pluginRefusal(of: action) { throw BuildError(.unsupported, refusal) }
      if let refusal = secretRefusal(of: action, catalog) { throw BuildError(.secretMissing, refusal) }
    }
    actions = prepared
    self.catalog = catalog
  }

  /// Why a job cannot use an action's plugin; `nil` when it can, or no job asked for the build.
  private func pluginRefusal(of action: ActionCheck.Prepared) -> String? {
    guard let allow = request.caller?.allow else { return nil }
    let name = action.entry.plugin
    if ControllerAllowance(allow).allows(.plugin, name) { return nil }
    return
      "action '\(action.entry.name)': agent.conf does not let the jobs of this controller use the plugin '\(name)': "
      + "'plugin:\(name)' is not in allow of its [controller] section"
  }

  /// Why an action cannot have the secrets it names; `nil` when it can.
  private func secretRefusal(of action: ActionCheck.Prepared, _ catalog: PluginCatalog) -> String? {
    let known = request.settings.secrets.map(\.name)
    let grant = catalog.grant(of: action.entry.plugin)
    for name in action.entry.secrets {
      if !known.contains(name) {
        let hint = Suggestion.nearest(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        return "action '\(action.entry.name)': there is no secret '\(name)' in agent.conf\(hint)"
      }
      // Whoever writes buildspecs can use a built-in plugin for what agent.conf does not restrict.
      let isAllowed = request.caller.map { ControllerAllowance($0.allow).allows(.secret, name) } ?? true
      let isOpen = action.plugin.origin == .builtIn && grant.secrets.isEmpty && isAllowed
      if !isOpen && !grant.secrets.contains(name) {
        return
          "action '\(action.entry.name)': the plugin '\(action.entry.plugin)' is not granted the secret '\(name)'; "
          + "add it as 'secret' to [plugin \"\(action.entry.plugin)\"] in agent.conf"
      }
    }
    return nil
  }

  /// Carries out the actions that follow a phase.
  ///
  /// - Returns: whether one of them failed.
  mutating func runActions(after phase: BuildPhase) async -> Bool {
    guard let name = Self.names[phase] else { return false }
    return await run { $0.entry.after == name }
  }

  /// Carries out what is left: the actions without a phase, and before them those whose phase was never entered.
  ///
  /// - Returns: whether one of them failed.
  mutating func runRemainingActions() async -> Bool {
    let early = await run { $0.entry.after != nil }
    let late = await run { _ in true }
    return early || late
  }

  private static let names: [BuildPhase: Buildspec.Phase.Name] = [
    .install: .install, .preBuild: .preBuild, .build: .build, .postBuild: .postBuild,
  ]

  private mutating func run(_ isWanted: (ActionCheck.Prepared) -> Bool) async -> Bool {
    var hasFailed = false
    let wanted = actions.filter(isWanted)
    actions.removeAll(where: isWanted)
    for action in wanted {
      let result = await carryOut(action)
      actionResults.append(result)
      if result.status == .failed {
        hasFailed = true
        noteFailure()
      }
    }
    return hasFailed
  }

  /// Carries one action out, or says why not.
  private mutating func carryOut(_ action: ActionCheck.Prepared) async -> ActionResult {
    let entry = action.entry
    func skipped(_ message: String) -> ActionResult {
      let result = ActionResult(name: entry.name, uses: entry.plugin, status: .skipped, message: message)
      link.emit(.actionFinished(result))
      return result
    }
    if ending.reason != nil { return skipped("the build was ended before") }
    switch entry.condition {
    case .succeeded where !isSucceeding: return skipped("something failed before; 'when' is succeeded")
    case .failed where isSucceeding: return skipped("nothing has failed; 'when' is failed")
    case .succeeded, .failed, .always: break
    }
    guard let site, let catalog else { return skipped("the build has no workspace") }
    actionNumber += 1
    let directory = request.stateDirectory + "/actions/\(actionNumber)"
    var result = ActionResult(name: entry.name, uses: entry.plugin, status: .failed, message: "")
    do {
      try await link.announce(.actionStarted(name: entry.name, uses: entry.plugin))
      let host = ActionHosting(action: action, session: self, site: site, catalog: catalog, directory: directory)
      let outcome = try await host.run()
      result.outputs = outcome.outputs
      try take(outcome, of: entry)
      let files = site
      try await collect(outcome, from: directory + "/files/output", files)
      result.status = outcome.status == .succeeded ? .succeeded : .failed
      result.message = String(outcome.message.prefix(4_000))
    } catch {
      result.message = ActionFailure.sentence(error, ending: ending)
    }
    link.emit(.actionFinished(result))
    return result
  }

  /// Gives an action's outputs to what follows.
  private mutating func take(_ outcome: ActionOutcome, of entry: Buildspec.ActionEntry) throws {
    let variables = try ActionOutputs.variables(outcome.outputs, prefix: entry.variablePrefix)
    try site?.executor.state.export(variables)
    actionVariables.merge(variables) { $1 }
  }
}

/// What the error of an action says to people.
enum ActionFailure {
  static func sentence(_ error: any Error, ending: BuildEnding) -> String {
    switch ending.reason {
    case .stop: return "the build was stopped"
    case .timeOut: return "the build timed out"
    case .limit(let sentence): return sentence
    case nil: break
    }
    if error is CancellationError { return "the action was ended" }
    return String("\(error)".prefix(4_000))
  }
}
