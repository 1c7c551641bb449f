import Foundation
import JourneymanActionKit
import JourneymanArtifacts
import JourneymanBuildModel
import JourneymanSupport

/// What actions add to a build: artifacts, packaged and sealed as the buildspec's own, and reports.
extension BuildSession {
  /// Takes what an action has left in its output directory or names in the workspace.
  ///
  /// - Throws: `PluginError` or `ArtifactError` when something that the action names is not there.
  mutating func collect(_ outcome: ActionOutcome, from output: String, _ site: BuildSite) async throws {
    for artifact in outcome.artifacts.prefix(Self.mostEntries) {
      let name = try ArtifactName.check(artifact.name)
      if artifactNames.contains(name) {
        throw ArtifactError(.unwritable, "two artifacts have the name '\(name)'; give each a name of its own")
      }
      let root: OpenDirectory
      switch artifact.root {
      case .workspace: root = try await site.open(site.sourceDirectory)
      case .output: root = OpenDirectory(try FileSystem.open(output, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
      }
      let made = try await pack(
        CollectionRules(files: artifact.files, baseDirectory: artifact.directory), beneath: root,
        path: artifact.root == .workspace ? site.sourceDirectory : output,
        targets: try ArtifactTarget.all(for: request),
        identifier: name, name: name)
      artifactNames.insert(name)
      for result in made { link.emit(.artifact(result)) }
      artifacts += made
    }
    for report in outcome.reports.prefix(Self.mostEntries) { reports.append(try await collect(report, from: output)) }
  }

  private static let mostEntries = 1_000

  private func collect(_ report: ActionReport, from output: String) async throws -> ReportResult {
    var result = ReportResult(report)
    result.files = []
    let source = try WorkspaceFiles(directory: output)
    let target = OutputFiles(path: request.outputDirectory + "/reports")
    try FileSystem.makeDirectories(target.path)
    for file in report.files.prefix(Self.mostEntries) {
      _ = try target.path(of: file)
      if file.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
        throw PluginError(.file, "the report file '\(file.prefix(200))' is hidden")
      }
      let free = try Self.freeName(file, in: target)
      try await target.copy(try source.open(file), to: free)
      result.files.append("reports/" + free)
    }
    return result
  }

  /// The name itself, or with a number before its extension when a report of another action or group has it.
  static func freeName(_ file: String, in target: OutputFiles) throws -> String {
    let folder = PathName.directory(of: file)
    let name = PathName.last(of: file)
    let stem = name.prefix { $0 != "." }
    for number in 1...mostEntries {
      let candidate = number == 1 ? name : "\(stem)-\(number)\(name.dropFirst(stem.count))"
      let path = file.contains("/") ? "\(folder)/\(candidate)" : candidate
      if access(try target.path(of: path), F_OK) != 0 { return path }
    }
    throw PluginError(.file, "there are \(mostEntries) reports called '\(file.prefix(200))' already")
  }
}
