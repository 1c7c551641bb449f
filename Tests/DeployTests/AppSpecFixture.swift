import DeployAction
import DeploySite
import Foundation
import JourneymanActionKit
import JourneymanSupport
import TestSupport

/// A machine to deploy to: a workspace with revisions, a directory to install into, and the state of deployments.
final class AppSpecFixture: Sendable {
  let root: String
  var workspace: String { root + "/workspace" }
  var target: String { root + "/srv" }
  var state: String { root + "/state" }
  /// What scripts write, a line each: event, version, and what the test asks for.
  var events: String { root + "/events" }

  static let scriptable = [
    "BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart",
    "ValidateService", "BeforeAllowTraffic", "AfterAllowTraffic",
  ]

  init(in directory: String = NSTemporaryDirectory()) throws {
    root = PathName.directory(of: directory + "/x") + "/journeyman-appspec-\(UUID().uuidString)"
    for path in [workspace, target] { try FileSystem.makeDirectories(path) }
    chmod(root, 0o755)
    try write("", to: events)
    chmod(events, 0o666)
  }

  deinit { try? FileSystem.removeTree(root) }

  func write(_ text: String, to path: String, mode: UInt32 = 0o644) throws {
    try FileSystem.makeDirectories(PathName.directory(of: path))
    try FileSystem.writeAtomically(Array(text.utf8), to: path, mode: mode)
    chmod(path, mode)
  }

  func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  /// What the scripts wrote since the last call.
  func takeEvents() throws -> [String] {
    let lines = try read(events).split(separator: "\n").map(String.init)
    truncate(events, 0)
    return lines
  }

  /// Makes a revision whose every event has a script that says so.
  ///
  /// - Parameters:
  ///   - files: what is installed into `srv/app`, beside what `head` says.
  ///   - scripts: more lines for the scripts of some events.
  ///   - head: more lines for the AppSpec file.
  func revision(
    _ name: String, files: [String: String], scripts: [String: String] = [:], options: [String: String] = [:],
    head: String = "", events names: [String] = AppSpecFixture.scriptable
  ) throws {
    let directory = workspace + "/" + name
    try? FileSystem.removeTree(directory)
    var text = "version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: \(target)/app\n\(head)\nhooks:\n"
    for event in names {
      text += "  \(event):\n    - location: scripts/\(event).sh\n      timeout: 60\n"
      if let option = options[event] { text += "      \(option)\n" }
      try write(
        "#!/bin/sh\necho \"$LIFECYCLE_EVENT \(name)\" >>\(events)\n\(scripts[event] ?? "")\n",
        to: directory + "/scripts/\(event).sh", mode: 0o755)
    }
    try write(text, to: directory + "/appspec.yml")
    for (path, content) in files { try write(content, to: directory + "/app/" + path) }
  }

  /// A revision that is an AppSpec file and files as they are given.
  func plainRevision(_ name: String, appspec: String, files: [String: String] = [:], mode: UInt32 = 0o644) throws {
    let directory = workspace + "/" + name
    try write(
      "version: 0.0\nos: linux\n" + appspec.replacing("TARGET", with: target), to: directory + "/appspec.yml")
    for (path, content) in files { try write(content, to: directory + "/" + path, mode: mode) }
  }

  func settings(_ revision: String, _ more: [String: Any] = [:]) throws -> AppSpecSettings {
    var values: [String: Any] = ["revision": revision, "root": state, "group": "shop"]
    values.merge(more) { $1 }
    return try JSONDecoder().decode(AppSpecSettings.self, from: JSONSerialization.data(withJSONObject: values))
  }

  /// Deploys a revision of the workspace.
  ///
  /// - Returns: how it ended, and the build's log.
  @discardableResult func deploy(
    _ revision: String, _ more: [String: Any] = [:], commit: String? = nil, programs: String? = nil
  ) async throws -> (outcome: ActionOutcome, log: String) {
    let scratch = root + "/action-\(UUID().uuidString)"
    try FileSystem.makeDirectories(scratch)
    defer { try? FileSystem.removeTree(scratch) }
    let site = try DeploySite(workspace: workspace, scratch: scratch, revision: commit, programs: programs)
    let target = AppSpecTarget(
      try settings(revision, more), patience: HookPatience(termination: .seconds(2), output: .seconds(1))
    ) { _ in }
    do {
      let outcome = try await target.deploy(site.context)
      await site.end()
      return (outcome, site.log.joined(separator: "\n"))
    } catch {
      await site.end()
      throw error
    }
  }

  /// Everything beneath the directory that is installed into: kind, mode, owner, time, and content or target.
  func snapshot() throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: target) {
      let path = target + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      var text = "\(String(status.st_mode, radix: 8)) \(status.st_uid) \(status.st_gid)"
      switch status.st_mode & S_IFMT {
      case S_IFREG: text += " \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) " + (try read(path))
      case S_IFLNK: text += " -> " + (try FileManager.default.destinationOfSymbolicLink(atPath: path))
      default: break
      }
      found[name] = text
    }
    return found
  }

  /// What is recorded as deployed.
  var deployed: String? {
    guard let data = FileManager.default.contents(atPath: state + "/shop/state.json"),
      let fields = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return nil }
    return fields["deployment"] as? String
  }

  /// Whether a process runs; one that nobody has waited for yet does not.
  static func isAlive(_ process: pid_t) -> Bool {
    let status = FileManager.default.contents(atPath: "/proc/\(process)/stat").map {
      String(decoding: $0, as: UTF8.self)
    }
    return status.map { !$0.contains(") Z ") } ?? false
  }

  /// The process whose number a script writes to a file, once it has.
  func process(in file: String) async throws -> pid_t {
    while true {
      let text = (try? read(root + "/" + file)) ?? ""
      if text.hasSuffix("\n"), let number = pid_t(text.dropLast()) { return number }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Runs a program of the machine that has to succeed.
  @discardableResult static func machine(_ arguments: String..., directory: String = "/") async throws -> String {
    let outcome = try await TestProgram.run("/usr/bin/env", arguments, directory: directory)
    if outcome.status != 0 { throw PluginError(.failed, "\(arguments): \(outcome.errors)") }
    return outcome.output
  }
}
