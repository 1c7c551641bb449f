import Foundation
import JourneymanActionKit
import JourneymanActionSupport

/// What a deployment group has on the machine: written when a deployment has succeeded, and only then.
struct DeployedState: Codable, Sendable, Equatable {
  /// Something that a deployment put on the machine, in the order in which it was made.
  struct Installed: Codable, Sendable, Equatable {
    /// What it is.
    enum Kind: String, Codable, Sendable {
      case file
      case directory
    }

    var path: String
    var kind: Kind
  }

  /// An SELinux label that a deployment set.
  struct Labelled: Codable, Sendable, Hashable {
    var path: String
    var context: SecurityContext
  }

  /// The deployment that succeeded last.
  var deployment: String
  /// What was deployed, for people: a commit id or the revision's name.
  var revision: String
  /// When, in seconds since 1970.
  var time: Int64
  var installed: [Installed]
  var labels: [Labelled]

  /// - Returns: `nil` before the first deployment.
  /// - Throws: `PluginError` when the file cannot be read.
  static func read(_ path: String) throws -> DeployedState? {
    if !exists(path) { return nil }
    do {
      return try JSONDecoder().decode(Self.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw PluginError(
        .file,
        "the state of earlier deployments in \(path) cannot be read: \(error); move it away to start anew, and "
          + "remove what was deployed by hand", underlying: error)
    }
  }

  /// Puts it on disk in one step.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try HostFiles.writeAtomically(Array(try encoder.encode(self)), to: path, mode: 0o600)
  }
}

/// Whether anything, also a link that leads nowhere, stands at a path.
func exists(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0
}
