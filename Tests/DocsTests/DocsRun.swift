import DocsAction
import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport
import Testing

/// The plugin on a workspace of its own, without a build around it.
final class DocsRun {
  let workspace: String
  let output: String
  let services: RecordingActionServices
  private let folder: String

  init(_ files: [String: String] = [:]) throws {
    let created = NSTemporaryDirectory() + "journeyman-docs-\(UUID().uuidString)"
    try FileSystem.makeDirectories(created)
    folder = URL(fileURLWithPath: created).resolvingSymlinksInPath().path
    workspace = folder + "/workspace"
    output = folder + "/output"
    try FileSystem.makeDirectories(workspace)
    try FileSystem.makeDirectories(output)
    services = RecordingActionServices(directory: workspace)
    for (path, content) in files { try write(content, to: path) }
  }

  deinit { try? FileSystem.removeTree(folder) }

  func write(_ content: String, to file: String) throws {
    let path = workspace + "/" + file
    try FileSystem.makeDirectories((path as NSString).deletingLastPathComponent)
    try Data(content.utf8).write(to: URL(fileURLWithPath: path))
  }

  static let fixtures = String(#filePath.dropLast("/DocsTests/DocsRun.swift".count)) + "/Fixtures/"

  static func fixture(_ name: String) throws -> String {
    try String(contentsOfFile: fixtures + "docs/" + name, encoding: .utf8)
  }

  /// Runs the plugin with a configuration in JSON, which has the values' types.
  func run(_ configuration: String) async throws -> ActionOutcome {
    let decoded = try JSONDecoder().decode(DocsAction.Configuration.self, from: Data(configuration.utf8))
    let context = ActionContext(
      name: "docs", build: BuildDescription(id: "b", number: 1, project: "project", source: workspace),
      workspace: try WorkspaceFiles(directory: workspace), output: OutputFiles(path: output), services: services)
    return try await DocsAction(configuration: decoded).run(in: context)
  }

  /// A page of the site.
  func page(_ path: String) throws -> String { try String(contentsOfFile: output + "/site/" + path, encoding: .utf8) }

  /// The paths of the site's files.
  func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: output + "/site").filter { $0.contains(".") }.sorted()
  }
}

/// How an action that must not succeed ended: its message, or that of the error it threw.
func failure(_ body: () async throws -> ActionOutcome) async -> String {
  do {
    let outcome = try await body()
    return outcome.status == .failed ? outcome.message : "succeeded: \(outcome.message)"
  } catch {
    return "\(error)"
  }
}
