internal import JourneymanActionKit

/// One thing to publish, known and checked before anything is sent.
struct Publication: Sendable {
  /// How it ended.
  enum Outcome: Sendable, Hashable {
    /// The repository has it now; where.
    case published(String)
    /// The repository had it already; how that is known.
    case alreadyThere(String)
  }

  /// The package and its version, or a file.
  let title: String
  /// The files of the workspace it is made of.
  let files: [String]
  /// Where it goes.
  let target: String
  /// What a dry run tells beside that: digests, tags.
  var details: [String] = []
  /// Sends it.
  let publish: @Sendable (RepositoryClient) async throws -> Outcome
}

/// A file to publish: a private copy, so that what is sent is what was looked at.
struct PackageFile: Sendable {
  /// Its path in the workspace.
  let path: String
  /// The last component of the path.
  let name: String
  let content: ActionFile

  /// Names that may stand in headers, forms and URLs without any thought.
  static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && name != "." && name != ".."
      && name.utf8.allSatisfy {
        (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || "-._+!~@=, ".utf8.contains($0)
      }
  }
}

/// Turns files into what one kind of repository takes.
protocol Publisher: Sendable {
  /// Looks at the files, and at nothing else.
  ///
  /// - Throws: ``PackageError`` or `PluginError` for a file that cannot be published.
  func prepare(_ files: [PackageFile], in context: ActionContext) async throws -> [Publication]
}
