import JourneymanArtifacts

/// The name of an artifact: part of a file's path in the output directory, and chosen by the build.
enum ArtifactName {
  /// Checks a name that the build's shell has evaluated; it may contain slashes.
  ///
  /// - Throws: ``ArtifactError`` for a name that is empty, leaves the directory or cannot stand in a path.
  static func check(_ name: String) throws -> String {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isUsable = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".." && !part.hasPrefix(".") && part.utf8.count <= longestPart
        && !part.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
    }
    guard isUsable, parts.count <= mostParts else {
      throw ArtifactError(
        .unwritable,
        "the artifact name '\(name.prefix(100))' cannot be used: its parts between slashes may not be empty, begin with"
          + " a dot or hold control characters")
    }
    return name
  }

  /// A file name has at most 255 bytes, of which `.tar.zst.age.partial` takes some.
  private static let longestPart = 200
  private static let mostParts = 16
}
