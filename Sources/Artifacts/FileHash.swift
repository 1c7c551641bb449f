internal import Foundation
internal import JourneymanSealing
internal import JourneymanSupport

/// The hash that `codebuild-hash-files` prints for cache keys.
public enum FileHash {
  /// SHA-256 over the SHA-256 digests of all files that match, in the order of the bytes of their paths. Names do not
  /// count, so that a key survives a move; links are followed within the root. Blocks: use it on a thread of its own.
  ///
  /// - Parameters:
  ///   - patterns: relative to the root, or absolute beneath `visiblePath`.
  ///   - root: an open directory.
  ///   - visiblePath: where the caller of the command sees that directory.
  /// - Returns: 64 lower-case hexadecimal digits, or `nil` when no file matches.
  /// - Throws: ``ArtifactError`` when a pattern is too complex or a file cannot be read.
  public static func sha256(
    of patterns: [String], beneath root: Int32, visiblePath: String
  ) throws(ArtifactError) -> String? {
    let collector = ArtifactCollector(root: root, workspacePath: visiblePath) { _ in }
    let collection: FileCollection
    do {
      collection = try collector.collect(CollectionRules(files: patterns))
    } catch {
      if error.code == .noMatchingFiles { return nil }
      throw error
    }
    do {
      var total = try Digest()
      for file in collection.files {
        let opened = try file.open(beneath: root)
        let (digest, _) = try Digest.sha256(ofDescriptor: opened.descriptor.number, name: file.name)
        try total.update(Array(digest.utf8))
      }
      return try total.finishHexadecimal()
    } catch {
      throw error as? ArtifactError ?? ArtifactError(.unreadable, "cannot hash: \(error)", underlying: error)
    }
  }
}
