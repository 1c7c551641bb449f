/// What an AppSpec file says (`version: 0.0`, `os: linux`).
struct AppSpec: Sendable {
  /// An entry of `files`.
  struct Mapping: Sendable {
    /// Relative to the revision's root; empty for all of it.
    var source: String
    /// An absolute path: the directory that the source is put into.
    var destination: String
    /// The entry's line in the file.
    var line: Int
  }

  /// An entry of `permissions`.
  struct Permission: Sendable {
    /// What it applies to.
    enum Kind: String, Sendable, CaseIterable {
      case file
      case directory
    }

    /// An absolute path: a file that is installed, or a directory that holds what is installed.
    var object: String
    var pattern: PathPattern
    var exceptions: [PathPattern]
    var owner: String?
    var group: String?
    var mode: UInt32?
    var acls: [AccessControlEntry]
    var context: SecurityContext?
    var kinds: Set<Kind>
    var line: Int
  }

  /// A script of an event.
  struct Hook: Sendable {
    /// Relative to the revision's root.
    var location: String
    /// In seconds; `nil` is what the event's hour leaves.
    var timeout: Int?
    /// The user that it runs as; `nil` is the agent's own.
    var user: String?
    var line: Int
  }

  /// What happens to files that stand where a file is to be installed and that no deployment put there.
  enum ExistingFiles: String, Sendable, CaseIterable {
    case disallow = "DISALLOW"
    case overwrite = "OVERWRITE"
    case retain = "RETAIN"
  }

  /// The file's name, for messages.
  var name: String
  var existingFiles: ExistingFiles?
  var files: [Mapping] = []
  var permissions: [Permission] = []
  var hooks: [LifecycleEvent: [Hook]] = [:]
}

/// The SELinux label of an object.
struct SecurityContext: Sendable, Hashable, Codable {
  var user: String?
  var type: String
  var range: String?
}

/// What is wrong with an AppSpec file: each mistake with its line.
struct AppSpecError: Error, Sendable, CustomStringConvertible {
  /// One mistake.
  struct Mistake: Sendable, Hashable {
    /// From 1.
    var line: Int
    var message: String
  }

  /// The file's name.
  let name: String
  /// In the file's order; at least one.
  let mistakes: [Mistake]

  /// `appspec.yml:12: files: …`, a line for each mistake.
  var description: String {
    mistakes.map { "\(name):\($0.line): \($0.message)" }.joined(separator: "\n")
  }
}
