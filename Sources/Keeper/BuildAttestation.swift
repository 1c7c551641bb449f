import JourneymanBuildModel
import JourneymanSealing
import JourneymanStores
import JourneymanSupport

/// Describes and signs what a build has left: `manifest.json` and `provenance.json` beside the artifacts.
struct BuildAttestation {
  /// Whether there is a provenance, which a key signs.
  let signs: Bool

  /// What was written.
  struct Written: Sendable {
    let manifest: Manifest
    /// A sentence about a key that was made just now.
    let news: String?
  }

  /// Describes what is in the output directory; copies for stores are described on their way there.
  ///
  /// - Parameter variables: the caller's variables, which say where keys lie.
  /// - Returns: a sentence about a key that was made just now.
  /// - Throws: `AttestationError` or `SealingError`.
  func write(
    _ result: BuildResult, of request: BuildRequest, variables: [String: String]
  ) async throws -> String? {
    try await runBlocking { [self] in
      try write(
        result.artifacts.filter { $0.store == nil }, result, of: request, to: request.outputDirectory,
        variables: variables
      ).news
    }
  }

  /// Writes both files. The signing key is that of agent.conf, else the user's own, made on first use. Blocks: use it on a thread of its
  /// own.
  ///
  /// - Parameters:
  ///   - artifacts: by names relative to the directory.
  ///   - directory: where the artifacts are and the files go.
  /// - Throws: `AttestationError` or `SealingError`.
  func write(
    _ artifacts: [ArtifactResult], _ result: BuildResult, of request: BuildRequest, to directory: String,
    variables: [String: String]
  ) throws -> Written {
    let manifest = try Manifest(of: artifacts, build: result.id, in: directory)
    if !signs {
      try manifest.write(to: directory)
      return Written(manifest: manifest, news: "agent.conf does not let this job use the signing key: no provenance")
    }
    let key = try KeyDirectory.user(variables).signingKey(named: request.settings.signing.key)
    var provenance = Provenance(
      build: result.id, source: result.source,
      buildspec: result.buildspec?.path ?? request.buildspec ?? "buildspec.yml",
      buildspecSHA256: result.buildspec?.sha256, isolation: request.settings.sandbox.mode,
      network: request.settings.sandbox.network, startedAt: result.startedAt, finishedAt: result.finishedAt)
    if request.caller != nil {
      provenance.job = request.initiator
      provenance.source.revision = nil
    }
    try provenance.write(manifest, to: directory, signedBy: key.key)
    let news =
      key.isNew
      ? "provenance is signed by your new key in \(key.path); journeyman key show --signing prints its public half"
      : nil
    return Written(manifest: manifest, news: news)
  }
}
