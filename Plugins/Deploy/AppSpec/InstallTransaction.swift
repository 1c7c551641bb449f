import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// Carries file steps of a deployment out, each on record first. Blocks; used by one task at a time.
struct InstallTransaction: Sendable {
  private let paths: DeploymentPaths
  private let deployment: String
  private let observer: @Sendable (String) -> Void
  private(set) var journal: InstallJournal

  /// Starts the record of a deployment.
  ///
  /// - Parameter observer: told of each step before it is done and when it is done.
  init(_ paths: DeploymentPaths, deployment: String, observer: @escaping @Sendable (String) -> Void) throws {
    self.paths = paths
    self.deployment = deployment
    self.observer = observer
    try HostFiles.makeDirectories(paths.saved(deployment), mode: 0o700)
    journal = try InstallJournal(paths.journal, deployment: deployment)
    observer("journal")
  }

  /// Takes away what the previous deployment put on the machine, in reverse order: files that are still there, and
  /// directories that are empty then.
  mutating func remove(_ installed: [DeployedState.Installed]) throws {
    let present = installed.reversed().filter { exists($0.path) }
    let first = try journal.add(present.map { .save(path: $0.path) })
    for (offset, item) in present.enumerated() {
      var status = stat()
      guard lstat(item.path, &status) == 0 else { continue }
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      // What somebody made of a path meanwhile is not the deployment's any more.
      if isDirectory != (item.kind == .directory) || isDirectory && !Self.isEmpty(item.path) { continue }
      try step(first + offset, "save \(item.path)") {
        try HostFiles.move(item.path, to: paths.saved(deployment) + "/\(first + offset)")
      }
    }
  }

  /// Makes what a plan says.
  mutating func install(_ plan: InstallPlan) throws {
    var steps: [InstallJournal.Step] = []
    for item in plan.items {
      if item.replaces { steps.append(.save(path: item.path)) }
      steps.append(try Self.step(for: item))
    }
    var number = try journal.add(steps)
    for item in plan.items {
      if item.replaces {
        let saved = paths.saved(deployment) + "/\(number)"
        try step(number, "save \(item.path)") { try HostFiles.move(item.path, to: saved) }
        number += 1
      }
      let staged = Self.staged(item.path, deployment)
      try step(number, "put \(item.path)") {
        switch item.kind {
        case .directory: try FileMaking.makeDirectory(item)
        case .file: try FileMaking.copy(item, by: staged)
        case .symbolicLink(let target): try FileMaking.link(item, to: target, by: staged)
        }
      }
      number += 1
    }
  }

  /// Puts steps on record that are carried out elsewhere.
  mutating func record(_ steps: [InstallJournal.Step]) throws -> Int { try journal.add(steps) }

  /// Carries one step out that is on record.
  func step(_ number: Int, _ name: String, _ work: () throws -> Void) throws {
    try begin(number, name)
    try work()
    observer("done \(name)")
  }

  /// Says that a step begins which is carried out elsewhere.
  func begin(_ number: Int, _ name: String) throws {
    try journal.begin(number)
    observer("begin \(name)")
  }

  /// The name under which a file is made before it gets its own.
  static func staged(_ path: String, _ deployment: String) -> String {
    PathText.join(PathText.parent(of: path), ".\(deployment).partial")
  }

  static func isEmpty(_ directory: String) -> Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: directory).isEmpty) ?? false
  }

  private static func step(for item: InstallPlan.Item) throws -> InstallJournal.Step {
    if item.isDirectory { return .makeDirectory(path: item.path) }
    var status = stat()
    if lstat(item.source, &status) != 0 {
      throw PluginError(.file, "cannot look at \(item.source): \(String(cString: strerror(errno)))")
    }
    return .put(path: item.path, bytes: Int64(status.st_size), modified: Int64(status.st_mtim.tv_sec))
  }
}
