import JourneymanActionKit
import JourneymanActionSupport

/// Releases side by side in a directory of other machines, which change in waves.
///
/// First every machine gets the release, so that one that cannot be reached stops the deployment before anything has
/// changed anywhere. Then the machines switch, wave by wave; the first wave in which one fails is the last, and every
/// machine goes back to its release before, also those of earlier waves: they all run the same again.
struct SecureShellTarget: DeployTarget {
  let source: String
  let releases: ReleaseSettings
  let settings: SecureShellSettings

  private static let archive = "release.tar"

  func deploy(_ context: ActionContext) async throws -> ActionOutcome {
    let plan = releases.plan(for: context)
    let tree = try await SourceTree(source, of: context.workspace)
    if tree.fileCount == 0 { return .failed("there is nothing in \(source) to deploy") }
    try await ReleaseArchive.pack(tree, as: Self.archive, isCompressed: false, context)
    let session = try await SecureShellSession(settings, context)
    context.log(
      "Deploying \(tree.fileCount) files as \(plan.release) to \(plan.path) on \(settings.hosts.count) machines")
    let rollout = Rollout(
      machines: settings.hosts.map { RemoteMachine(host: $0, plan: plan, session: session, context: context) },
      waves: settings.strategy, context: context)
    let end: Rollout.End
    do {
      end = try await rollout.run(archive: Self.archive)
    } catch {
      await Task { await session.close() }.value
      throw error
    }
    await session.close()
    let names = settings.hosts.map(\.name)
    switch end {
    case .succeeded:
      return .succeeded(
        "\(plan.path)/current is \(plan.release) on \(names.joined(separator: ", "))",
        outputs: ["release": plan.release, "hosts": names.joined(separator: " ")])
    case .failed(let sentence): return .failed(sentence, outputs: ["release": plan.release])
    }
  }
}

/// One machine of a deployment over ssh.
struct RemoteMachine: Sendable {
  let host: HostAddress
  let plan: ReleasePlan
  let session: SecureShellSession
  let context: ActionContext

  /// Carries a step out there.
  ///
  /// - Parameter input: a file that the step reads.
  /// - Throws: ``ReleaseStepError`` with the last line that the step printed; `PluginError` without a connection.
  func run(_ step: ReleaseStep, input: String? = nil) async throws {
    let words = ["-c", ReleaseScript.text, "deploy"] + plan.arguments(step)
    let command = "exec /bin/sh " + words.map(SecureShellSession.quoted).joined(separator: " ")
    let (status, lines) = try await session.run(command, on: host, input: input)
    for line in lines { context.log("[\(host.name)] \(line)") }
    if status != 0 {
      throw ReleaseStepError(
        host: host.name, message: StepOutput.message(lines, step, status: status))
    }
  }
}
