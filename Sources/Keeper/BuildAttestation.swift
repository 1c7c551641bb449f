import JourneymanBuildModel
import JourneymanSealing
import JourneymanStores
import JourneymanSupport

/// Describes and signs what a build has left: `manifest.json` and `provenance.json` in its output directory.
enum BuildAttestation {
  /// Writes both files. The signing key is the user's own; it is made on first use.
  ///
  /// - Parameter variables: the caller's variables, which say where keys lie.
  /// - Returns: a sentence about a key that was made just now.
  /// - Throws: `AttestationError` or `SealingError`.
  static func write(
    _ result: BuildResult, of request: BuildRequest, variables: [String: String]
  ) async throws -> String? {
    try await runBlocking {
      let key = try KeyDirectory.user(variables).signingKey()
      let artifacts = result.artifacts.filter { $0.store == nil }
      let manifest = try Manifest(of: artifacts, build: result.id, in: request.outputDirectory)
      let provenance = Provenance(
        build: result.id, source: result.source,
        buildspec: result.buildspec?.path ?? request.buildspec ?? "buildspec.yml",
        buildspecSHA256: result.buildspec?.sha256, isolation: request.settings.sandbox.mode,
        network: request.settings.sandbox.network, startedAt: result.startedAt, finishedAt: result.finishedAt)
      try provenance.write(manifest, to: request.outputDirectory, signedBy: key.key)
      return key.isNew
        ? "provenance is signed by your new key in \(key.path); journeyman key show --signing prints its public half"
        : nil
    }
  }
}
