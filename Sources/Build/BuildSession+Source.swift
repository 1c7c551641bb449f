import Foundation
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSandbox
import JourneymanSealing
import JourneymanSupport

/// PROVISIONING and DOWNLOAD_SOURCE: from a request to a workspace with a buildspec, variables and a place to run.
extension BuildSession {
  /// Makes the build's private directories.
  mutating func provision() async throws {
    do {
      try FileSystem.makeDirectories(request.stateDirectory, mode: 0o700)
    } catch {
      throw BuildError(.system, "the build's directory could not be made: \(error)", underlying: error)
    }
  }

  /// Brings the source in, reads the buildspec, resolves secrets and prepares the place where commands run.
  mutating func downloadSource() async throws {
    let workspace = try await prepareWorkspace()
    source = workspace.revision
    link.emit(.sourceResolved(source))
    let buildspec = try readBuildspec(in: workspace)
    self.buildspec = buildspec
    if let batch = buildspec.batch, request.batchTask == nil {
      if room != nil {
        throw BuildError(
          .unsupported,
          "a batch does not run inside a job: give each of its tasks a step of its own, by 'journeyman run --buildspec'"
        )
      }
      let (plan, warnings) = BatchPlanner.plan(batch)
      for warning in warnings { link.emit(.message(.warning, warning)) }
      self.batch = plan
      return
    }
    try prepareActions(buildspec, file: buildspecRevision?.path ?? "", in: workspace)
    let resolved = try await resolveSecrets(of: buildspec)
    secretValues = resolved.values.filter { !$0.isEmpty }
    let site = try await prepareSite(workspace, buildspec)
    self.site = site
    let environment = BuildEnvironment(
      request: request, source: source, checkout: workspace.variables, sourceDirectory: site.sourceDirectory,
      home: site.home, user: site.user,
      startedAt: startedAt)
    try site.executor.state.begin(
      variables: environment.variables(of: buildspec, resolved: resolved), workingDirectory: site.sourceDirectory)
    plans = PhasePlan.plans(of: buildspec)
    try await restoreCache()
  }

  /// Reads and checks the buildspec; every problem is reported.
  private mutating func readBuildspec(in workspace: Workspace) throws -> Buildspec {
    let file = try workspace.readBuildspec(request.buildspec)
    buildspecRevision = BuildspecRevision(path: file.name, sha256: try Digest.sha256(of: file.bytes))
    let document = Buildspec.parse(file.bytes, file: file.name)
    for problem in document.problems where problem.code != .unknownKey {
      link.emit(.message(problem.severity == .error ? .error : .warning, "\(problem)"))
    }
    if let text = document.unknownKeysText { link.emit(.message(.warning, text)) }
    if let problem = document.errors.first {
      throw BuildError(problem.code == .batchSpecError ? .batch : .buildspec, problem.message)
    }
    guard let buildspec = document.buildspec else {
      throw BuildError(.buildspec, "\(file.name) holds no buildspec")
    }
    return buildspec
  }

  /// The values of `env.parameter-store` and `env.secrets-manager`, by variable.
  private func resolveSecrets(of buildspec: Buildspec) async throws -> [String: String] {
    let parameters = buildspec.environment.parameterStore.map {
      ($0.variable, SecretReference(kind: .parameterStore, name: $0.parameter))
    }
    let secrets = buildspec.environment.secretsManager.map {
      ($0.variable, SecretReference(kind: .secretsManager, name: $0.secretID, jsonKey: $0.jsonKey))
    }
    let wanted = parameters + secrets
    if wanted.isEmpty { return [:] }
    let values = try await link.secrets(wanted.map(\.1))
    return Dictionary(zip(wanted.map(\.0), values)) { $1 }
  }

  /// Warns of `runtime-versions`, which this agent does not select.
  func checkRuntimeVersions() async throws {
    let wanted = buildspec?.phases[.install]?.runtimeVersions ?? []
    guard let site, !wanted.isEmpty else { return }
    let printed = try await site.executor.value(
      of: RuntimeVersionCheck.script(for: wanted), described: "runtime-versions")
    for warning in RuntimeVersionCheck.warnings(for: wanted, printed: String(decoding: printed, as: UTF8.self)) {
      link.emit(.message(.warning, warning))
    }
  }
}

extension PhasePlan {
  /// The phases of a buildspec that have something to run.
  static func plans(of buildspec: Buildspec) -> [BuildPhase: PhasePlan] {
    let phases: [(BuildPhase, Buildspec.Phase.Name)] = [
      (.install, .install), (.preBuild, .preBuild), (.build, .build), (.postBuild, .postBuild),
    ]
    var plans: [BuildPhase: PhasePlan] = [:]
    for (phase, name) in phases {
      guard let described = buildspec.phases[name] else { continue }
      plans[phase] = PhasePlan(
        phase: phase, commands: described.commands, finally: described.finally,
        user: described.runAs ?? buildspec.runAs, onFailure: OnFailure(described.onFailure))
    }
    return plans
  }
}

extension PhasePlan.OnFailure {
  fileprivate init(_ described: Buildspec.OnFailure?) {
    switch described {
    case nil: self = .standard
    case .abort: self = .abort
    case .continue: self = .proceed
    case .retry(let count, let pattern): self = .retry(count: count, pattern: pattern)
    }
  }
}
