import Foundation
import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanBuildspec
import JourneymanSupport

/// UPLOAD_ARTIFACTS: reports and artifacts leave the workspace.
extension BuildSession {
  /// Collects the reports, then packs and seals the artifacts.
  mutating func uploadArtifacts() async throws {
    guard let site, let buildspec else { return }
    for report in buildspec.reports { await collect(report, from: site) }
    let targets = try ArtifactTarget.all(for: request)
    for set in [buildspec.artifacts.primary].compactMap({ $0 }) + buildspec.artifacts.secondary {
      let name = try ArtifactName.check(try await name(of: set, at: site))
      guard artifactNames.insert(name).inserted else {
        throw ArtifactError(.unwritable, "two artifacts have the name '\(name)'; give each a name of its own")
      }
      let rules = try await expanded(
        CollectionRules(
          files: set.files, excludePaths: set.excludePaths, baseDirectory: set.baseDirectory ?? ".",
          discardPaths: set.discardsPaths, enableSymlinks: set.keepsSymlinks), at: site)
      let root = try await site.open(site.sourceDirectory)
      let made = try await pack(
        rules, beneath: root, path: site.sourceDirectory, targets: targets, identifier: set.identifier ?? name,
        name: name)
      for artifact in made { link.emit(.artifact(artifact)) }
      artifacts += made
    }
  }

  private func name(of set: Buildspec.ArtifactSet, at site: BuildSite) async throws -> String {
    guard let name = set.name else { return set.identifier ?? "artifacts" }
    let expanded = try await expand(name, at: site)
    // A file's name is seen by everybody who sees the file.
    if secretValues.contains(where: { expanded.contains($0) }) {
      throw ArtifactError(.unwritable, "the artifact name '\(name)' would hold the value of a secret; choose another")
    }
    return expanded
  }

  /// Collects once and packs for every target, on a thread of its own.
  ///
  /// - Parameter path: where patterns with absolute paths find the root.
  func pack(
    _ rules: CollectionRules, beneath root: OpenDirectory, path: String, targets: [ArtifactTarget],
    identifier: String, name: String
  ) async throws -> [ArtifactResult] {
    let (link, ending, output) = (link, ending, request.outputDirectory)
    return try await runBlocking {
      let isCancelled: @Sendable () -> Bool = { ending.reason != nil }
      try link.begin(.collect)
      let collector = ArtifactCollector(
        root: root.descriptor.number, workspacePath: path, isCancelled: isCancelled,
        log: { link.emit(.message(.info, $0)) })
      let collection = try collector.collect(rules)
      return try targets.flatMap { target in
        let package = ArtifactPackage(
          identifier: identifier, name: name, target: target, outputDirectory: output, isCancelled: isCancelled,
          link: link)
        return try package.write(collection, beneath: root.descriptor.number)
      }
    }
  }

  /// The rules with variables in paths replaced by the build's shell.
  func expanded(_ rules: CollectionRules, at site: BuildSite) async throws -> CollectionRules {
    var rules = rules
    rules.baseDirectory = try await expand(rules.baseDirectory, at: site)
    for index in rules.files.indices { rules.files[index] = try await expand(rules.files[index], at: site) }
    for index in rules.excludePaths.indices {
      rules.excludePaths[index] = try await expand(rules.excludePaths[index], at: site)
    }
    return rules
  }

  /// The shell is asked only where it would change something.
  func expand(_ text: String, at site: BuildSite) async throws -> String {
    text.contains { $0 == "$" || $0 == "`" } ? try await site.executor.expand(text) : text
  }

  /// The end of POST_BUILD: exported variables are read, caches saved.
  mutating func leavePostBuild() async throws {
    guard let site, let buildspec else { return }
    let names = buildspec.environment.exportedVariables.filter { BuildEnvironment.isValidName($0) }
    exportedVariables = try await site.executor.variables(names)
    if isSucceeding { await saveCache() }
  }
}
