import Foundation
import JourneymanActionHost
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanJob
import JourneymanSandbox
import JourneymanSupport

/// What one build has come to: filled phase by phase.
struct BuildSession {
  let request: BuildRequest
  let link: KeeperLink
  let ending: BuildEnding
  /// The descriptor that receives what commands print.
  let output: Int32
  /// The plugins that are part of this program.
  let plugins: PluginRegistry
  /// Where commands run when a job asked for the build.
  let room: CallerRoom?
  let startedAt: Timestamp

  /// What is built; its revision is known once the source has arrived.
  var source: SourceRevision
  /// Where a repository was checked out, until the build ends.
  var checkedOut: SourceDirectory?
  /// Where commands run, once that is prepared.
  var site: BuildSite?
  /// The buildspec, once it is read.
  var buildspec: Buildspec?
  /// Its name and digest, once it is read.
  var buildspecRevision: BuildspecRevision?
  /// The phases with commands, once the buildspec is read.
  var plans: [BuildPhase: PhasePlan] = [:]
  /// The plan of a batch, if the buildspec holds one and this is not one of its tasks.
  var batch: BatchPlan?
  /// The values of the secrets that the buildspec refers to.
  var secretValues: [String] = []
  /// Whether no phase has failed yet.
  var isSucceeding = true
  /// The plugins that the actions use, once the buildspec is read.
  var catalog: PluginCatalog?
  /// The actions that are still to come, in the buildspec's order.
  var actions: [ActionCheck.Prepared] = []
  /// How many actions have begun.
  var actionNumber = 0
  /// The outputs of the actions so far, as variables.
  var actionVariables: [String: String] = [:]
  /// The actions that have ended or were skipped.
  var actionResults: [ActionResult] = []
  /// The names that artifacts have taken.
  var artifactNames: Set<String> = []
  var artifacts: [ArtifactResult] = []
  var reports: [ReportResult] = []
  var exportedVariables: [String: String] = [:]

  init(
    request: BuildRequest, link: KeeperLink, ending: BuildEnding, output: Int32, plugins: PluginRegistry,
    room: CallerRoom?, startedAt: Timestamp
  ) {
    self.request = request
    self.link = link
    self.ending = ending
    self.output = output
    self.plugins = plugins
    self.room = room
    self.startedAt = startedAt
    source = request.sourceAsAsked
  }

  /// Carries one phase out. The last one cleans up, also after the build was ended.
  mutating func carryOut(_ phase: BuildPhase) async throws -> PhaseRunner.Outcome {
    if phase != .finalizing && ending.reason != nil { throw CancellationError() }
    switch phase {
    case .provisioning: try await provision()
    case .downloadSource: try await downloadSource()
    case .install: return try await runCommands(of: phase, before: { try await $0.checkRuntimeVersions() })
    case .preBuild, .build: return try await runCommands(of: phase)
    case .postBuild: return try await runCommands(of: phase, after: { try await $0.leavePostBuild() })
    case .uploadArtifacts: try await uploadArtifacts()
    case .finalizing: await finalize()
    }
    return PhaseRunner.Outcome()
  }

  /// From the first failing phase on, commands see `CODEBUILD_BUILD_SUCCEEDING=0`.
  mutating func noteFailure() {
    guard isSucceeding else { return }
    isSucceeding = false
    try? site?.executor.state.export(["CODEBUILD_BUILD_SUCCEEDING": "0"])
  }

  /// Runs a phase's commands, if it has any.
  private mutating func runCommands(
    of phase: BuildPhase, before: (inout BuildSession) async throws -> Void = { _ in },
    after: (inout BuildSession) async throws -> Void = { _ in }
  ) async throws -> PhaseRunner.Outcome {
    guard let site else { throw BuildError(.system, "\(phase.rawValue) began without a workspace") }
    try await before(&self)
    let runner = PhaseRunner(
      executor: site.executor, link: link, ending: ending,
      phaseTimeout: request.settings.agent.phaseTimeoutSeconds.map { .seconds($0) })
    let outcome = try await runner.run(plans[phase] ?? PhasePlan(phase: phase))
    if outcome.status != .stopped && ending.reason == nil {
      if outcome.status != .succeeded { noteFailure() }
      try await after(&self)
    }
    return outcome
  }
}
