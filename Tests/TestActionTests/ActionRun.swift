import Foundation
import JourneymanActionKit
import JourneymanActionSupport
import JourneymanSupport
import TestAction
import TestSupport
import Testing

/// The plugin on a workspace of its own, without a build around it.
final class ActionRun {
  let workspace: String
  let output: String
  let services: RecordingActionServices
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "journeyman-test-action-\(UUID().uuidString)"
    workspace = folder + "/workspace"
    output = folder + "/output"
    try FileSystem.makeDirectories(workspace)
    try FileSystem.makeDirectories(output)
    services = RecordingActionServices(directory: workspace)
  }

  deinit { try? FileSystem.removeTree(folder) }

  func write(_ content: String, to file: String) throws {
    let path = workspace + "/" + file
    try FileSystem.makeDirectories((path as NSString).deletingLastPathComponent)
    try FileManager.default.removeItemIfThere(path)
    try Data(content.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// Copies a sample of `Tests/Fixtures/reports`.
  func add(_ fixture: String) throws {
    let samples = String(#filePath.dropLast("/TestActionTests/ActionRun.swift".count)) + "/Fixtures/reports/"
    try FileManager.default.copyItem(atPath: samples + fixture, toPath: workspace + "/" + fixture)
  }

  /// Runs the plugin with a configuration in JSON, which has the values' types.
  func run(_ configuration: String, name: String = "unit tests") async throws -> ActionOutcome {
    let decoded = try JSONDecoder().decode(TestAction.Configuration.self, from: Data(configuration.utf8))
    let context = ActionContext(
      name: name,
      build: BuildDescription(id: "b", number: 1, project: "p", source: workspace),
      workspace: try WorkspaceFiles(directory: workspace), output: OutputFiles(path: output), services: services)
    return try await TestAction(configuration: decoded).run(in: context)
  }

  /// The report that the plugin has kept.
  func kept(_ name: String = "unit tests") throws -> NormalReport {
    try NormalReport(bytes: try FileSystem.read(output + "/\(name).json", limit: 1 << 24))
  }

  /// Runs a tool in the workspace.
  func tool(_ line: String) async throws -> TestProgram.Outcome {
    try await TestProgram.run("/bin/sh", ["-c", line], directory: workspace, timeout: .seconds(300))
  }
}

extension FileManager {
  func removeItemIfThere(_ path: String) throws { if fileExists(atPath: path) { try removeItem(atPath: path) } }
}

/// A JUnit report of tests by their verdicts: `ok`, `bad`, `broken`, `skipped`.
func junit(_ tests: KeyValuePairs<String, String>) -> String {
  let cases = tests.map { name, verdict in
    let child = ["bad": "<failure message='no'/>", "broken": "<error/>", "skipped": "<skipped/>"][verdict] ?? ""
    return "<testcase classname='c' name='\(name)' time='0.25'>\(child)</testcase>"
  }
  return "<testsuite name='s'>\(cases.joined())</testsuite>"
}
